"""The JSON Schema and the parser agree on documents that are right, and on those that were damaged somewhere."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from segments.engine.language.check import Catalogue, check
from segments.engine.language.parse import parse_document
from segments.engine.language.refusals import Refused
from segments.engine.language.schema import document_schema
from tests.reference.drawing import cases
from tests.reference.rewriting import changed

Json = dict[str, Any]
SCHEMA = Draft202012Validator(document_schema())
# What no schema knows: the order of two ends, days there are none of, patterns, the place of a step, sizes as a whole.
BEYOND = (
    "smaller number first", "earlier date first", "longer time first", "ends before it begins", "is no date",
    "Write a date", "pattern cannot be read", "Only the last step", "‘at_least’ is a whole number",
    "Days can be added", "has characters no text has",
)  # fmt: skip
STRAYS: list[Any] = [
    None, True, False, 0, 1, -1, 7, 7.0, 7.5, 13, 10**6, 10**30, "", " ", "x", "7", "1e5", "1e99999", "٣", "2026-03-15",
    "2026-03-15T10:00", "2026-13-01", "day", "today", "in", "is", "count", "first", [], [1], ["x"], [7, "day"], ["7", "day"],
    [1, 2], [[1]], {}, {"fn": "count"}, {"last": [7, "day"]}, {"from": "2026-03-15"}, {"all": []}, "x" * 501, "x" * 10_001,
]  # fmt: skip
KEYS = [
    "attribute",
    "op",
    "value",
    "offset_days",
    "held_for",
    "empty",
    "interaction",
    "where",
    "window",
    "pick",
    "measure",
    "sequence",
    "within",
    "regular",
    "every",
    "of_last",
    "at_least",
    "times",
    "segment",
    "for",
    "all",
    "any",
    "not",
    "property",
    "fn",
    "absent",
    "last",
    "before_last",
    "between_ago",
    "from",
    "to",
    "period",
    "rule",
]


class Everything(Mapping[str, None]):
    """Attributes of any name and any type."""

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> None:
        return None

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


class EverySlug(frozenset[str]):
    """Segments of any name."""

    def __contains__(self, slug: object) -> bool:
        return True


KNOWN = Catalogue(attributes=Everything(), segments=EverySlug())


def damaged(document: Json, chance: random.Random) -> Any:
    """The document with something in it left out, put in, or replaced by what belongs elsewhere."""
    made = copy.deepcopy(document)
    holders = [made, *inner(made)]
    holder = chance.choice(holders)
    way = chance.choice(["out", "in", "other", "other"])
    if isinstance(holder, list):
        if way == "in" or not holder:
            holder.insert(chance.randint(0, len(holder)), copy.deepcopy(chance.choice(STRAYS)))
        elif way == "out":
            holder.pop(chance.randrange(len(holder)))
        else:
            holder[chance.randrange(len(holder))] = copy.deepcopy(chance.choice(STRAYS))
    elif way == "in" or not holder:
        holder[chance.choice(KEYS)] = copy.deepcopy(chance.choice(STRAYS))
    else:
        key = chance.choice(list(holder))
        taken = holder.pop(key)
        if way == "other":
            holder[key] = chance.choice([copy.deepcopy(chance.choice(STRAYS)), [taken], {"not": taken}])
    return made


def inner(tree: Any) -> list[Any]:
    """Every object and list below."""
    parts = list(tree.values()) if isinstance(tree, dict) else tree if isinstance(tree, list) else []
    held = [part for part in parts if isinstance(part, dict | list)]
    return held + [one for part in held for one in inner(part)]


def sentences(document: Any) -> list[str]:
    """What saving says against a document, whatever the account knows."""
    try:
        check(parse_document(document), KNOWN)
    except Refused as refused:
        return [problem.sentence for problem in refused.problems]
    return []


@settings(max_examples=settings.default.max_examples // 5)  # a schema is slow to ask
@given(cases(), st.randoms(use_true_random=False))
def test_the_schema_takes_what_saving_takes(case: Json, chance: random.Random) -> None:
    right = {"version": 1, "rule": case["rule"]}
    tried = [right, {"version": 1, "rule": changed(case["rule"], chance)}]
    tried += [damaged(chance.choice(tried), chance) for _ in range(6)]
    for document in tried:
        said = sentences(document)
        takes = bool(SCHEMA.is_valid(document))
        assert takes or said, (document, next(SCHEMA.iter_errors(document)).message)
        assert not takes or all(any(word in one for word in BEYOND) for one in said), (document, said)
