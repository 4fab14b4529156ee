"""Names as lists are sorted by them, written so that queries and the index read alike on both databases."""

from __future__ import annotations

from django.db.models import Func, TextField


class NameInOrder(Func):
    """Of the last and the first name: both in small letters, as in a telephone book; who has none stands last."""

    template = "LOWER(COALESCE(NULLIF(LTRIM(%(expressions)s), ''), '\U0010ffff'))"
    arg_joiner = " || ' ' || "
    output_field = TextField()
