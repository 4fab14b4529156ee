"""The rule language: shapes, reading, refusing, one form, one sentence."""
