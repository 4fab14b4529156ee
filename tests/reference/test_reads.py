"""What a rule is said to read is all it reads: names by walking the document, time by asking later."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import assume, given

from segments.engine.language.parse import parse_rule
from segments.engine.language.reads import reads
from segments.engine.language.refusals import Refused
from tests.reference.drawing import cases, written
from tests.reference.pools import DECLARED
from tests.reference.production import judged

Json = dict[str, Any]
FILE: Json = {"facet": 1, "attributes": DECLARED}
LATER = [timedelta(hours=1), timedelta(days=1), timedelta(days=8), timedelta(days=40), timedelta(days=800)]


def named(tree: Any, key: str) -> set[str]:
    """Every name a document gives under a key."""
    if isinstance(tree, list):
        return {name for part in tree for name in named(part, key)}
    if not isinstance(tree, dict):
        return set()
    own = {tree[key]} if isinstance(tree.get(key), str) else set()
    return own | {name for part in tree.values() for name in named(part, key)}


@given(cases())
def test_it_names_what_the_document_names(case: Json) -> None:
    found = reads(parse_rule(case["rule"]))
    assert found.attributes == named(case["rule"], "attribute")
    assert found.kinds == named(case["rule"], "interaction")
    assert found.properties == named(case["rule"], "property")
    assert found.segments == named(case["rule"], "segment")


@given(cases())
def test_what_does_not_move_with_time_stands_still(case: Json) -> None:
    """Nothing later than as-of is left: then only a rule that says so may answer otherwise later."""
    rules = {name: parse_rule(one["rule"]) for name, one in case.get("segments", {}).items() if "rule" in one}
    assume(not reads(parse_rule(case["rule"]), rules).time)
    now = datetime.fromisoformat(case["as_of"])
    still = {
        **case,
        "interactions": [row for row in case["interactions"] if instant(row["at"]) <= now],
    }
    try:
        members = judged(FILE, still)[0]
        for later in LATER:
            assert judged(FILE, {**still, "as_of": written(now + later)})[0] == members, later
    except Refused:
        assume(False)


def instant(text: str) -> datetime:
    """An instant, or one that is certainly later where the text has no offset."""
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else datetime.max.replace(tzinfo=UTC)
