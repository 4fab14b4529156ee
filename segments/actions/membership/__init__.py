"""Writes who is in segments: rows, log, sizes; by rule, by hand, from lists."""
