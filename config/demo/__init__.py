"""Nordwand Outdoor: a believable company, made from a seed and an instant."""
