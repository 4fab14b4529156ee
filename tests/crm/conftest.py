"""Tests of writers at the same moment are collected on PostgreSQL only: on SQLite one writes at a time."""

from django.conf import settings

collect_ignore = (
    [] if "postgresql" in settings.DATABASES["default"]["ENGINE"] else ["test_merging_at_once.py"]
)
