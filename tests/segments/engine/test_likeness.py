"""Rules that mean the same have one fingerprint, whatever they ask for."""

from __future__ import annotations

import pytest

from segments.engine.language.canonical import fingerprint
from segments.engine.language.parse import parse_document

SPANS = [
    "within_last",
    "more_than_ago",
    "within_next",
    "more_than_ahead",
    "anniversary_within_next",
]


def of(op, value):
    return fingerprint(
        parse_document({"version": 1, "rule": {"attribute": "joined", "op": op, "value": value}})
    )


@pytest.mark.parametrize("op", SPANS)
def test_a_date_asked_for_by_a_stretch_of_time_is_told_apart_by_it(op):
    assert of(op, [30, "day"]) == of(op, [30, "day"])
    assert of(op, [30, "day"]) != of(op, [31, "day"])
    assert of(op, [30, "day"]) != of(op, [30, "week"])
