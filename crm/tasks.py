"""Doors for Celery: parse, one call into the rooms, answer."""
