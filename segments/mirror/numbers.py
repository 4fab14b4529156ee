"""Whole numbers of a table by the million, as columns."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from django.db import connection


def numbers(
    columns: Sequence[str], source: str, *, order: str = "", given: Sequence[int | str] = ()
) -> npt.NDArray[np.int64]:
    """Whole numbers of a table, column by column: PostgreSQL joins them into one value, SQLite gives rows.

    `given` are the parameters of the source.
    """
    order = order and f" ORDER BY {order}"
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute(
                f"SELECT {', '.join(columns)} FROM {source}{order}",  # noqa: S608
                given,
            )
            return np.array(cursor.fetchall(), np.int64).reshape(-1, len(columns)).T
        sent = " || ".join(f"int8send({column})" for column in columns)
        cursor.execute(
            f"SELECT string_agg({sent}, ''::bytea{order}) FROM {source}",  # noqa: S608
            given,
        )
        (joined,) = cursor.fetchone()
    return np.frombuffer(bytes(joined or b""), ">i8").astype(np.int64).reshape(-1, len(columns)).T
