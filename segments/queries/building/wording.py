"""A sentence in the words of this account -> the draft of a rule, within what a person may see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np

from crm.queries.accounts import account_zone
from segments.engine.language.dictionary import Dictionary
from segments.engine.phrases.drafting import Drafted, draft
from segments.engine.phrases.synonyms import NAMES_OF_PEOPLE
from segments.engine.phrases.vocabulary import Field, Kind, Lexicon, Vocabulary
from segments.mirror import store
from segments.models import Segment
from segments.queries.building import sampling, values

MOST_VALUES = 5_000
MOST_PROPERTY_VALUES = 1_000
LONGEST_VALUE = 120
TEXTS = ("text", "list", "")


def draft_from_text(
    text: str,
    *,
    as_of: datetime,
    sensitive: bool,
    decisions: Mapping[str, int] | None = None,
    besides: int | None = None,
) -> Drafted:
    """What a sentence asks for. `sensitive`: may name sensitive attributes; `besides`: a segment left out."""
    attributes = tuple(values.attributes(sensitive=sensitive))
    named = Segment.objects.live().order_by("pk").values_list("pk", "slug", "name")
    segments = [(slug, name) for key, slug, name in named if key != besides]
    today = as_of.astimezone(account_zone()).date()
    generation = _generation()
    # Before the first snapshot nothing stays as it is, so nothing is kept.
    read = _lexicon if generation else _lexicon.__wrapped__
    lexicon = read(generation, attributes, tuple(segments))
    return draft(text, lexicon, today=today, decisions=decisions)


def _generation() -> store.Generation | None:
    opened = store.open_newest()
    return opened and opened[0]


@lru_cache(maxsize=8)
def _lexicon(
    generation: store.Generation | None,
    attributes: tuple[values.AttributeChoice, ...],
    segments: tuple[tuple[str, str], ...],
) -> Lexicon:
    opened = store.open_newest() if generation is not None else None
    held: Any = opened[1] if opened else None
    fields = [Field(one.name, one.label, one.type, tuple(_attribute_values(held, one))) for one in attributes]
    kinds = [
        Kind(
            kind["kind"],
            tuple(
                Field(one["name"], one["name"], one["type"], tuple(_property_values(held, kind["kind"], one)))
                for one in kind["properties"]
            ),
        )
        for kind in values.kinds()[:200]
    ]
    return Lexicon(Vocabulary(tuple(fields), tuple(kinds), segments))


def _attribute_values(held: Any, one: values.AttributeChoice) -> Iterator[str]:
    if one.type not in TEXTS or one.name in NAMES_OF_PEOPLE:
        return
    if held is None:
        yield from _texts(value for value, _ in sampling.attribute_values(one.name)[0][:MOST_VALUES])
    elif one.name in held.attributes:
        column = held.attributes[one.name]
        yield from _frequent(column.dictionary, column.codes, MOST_VALUES)


def _property_values(held: Any, kind: str, one: Mapping[str, str]) -> Iterator[str]:
    if one["type"] not in TEXTS:
        return
    if held is None or one["name"] not in held.properties:
        found = sampling.property_values(kind, one["name"])[0]
        yield from _texts(value for value, _ in found[:MOST_PROPERTY_VALUES])
    else:
        dictionary = held.properties[one["name"]].dictionary
        if len(dictionary) <= MOST_PROPERTY_VALUES:
            yield from _entries(dictionary)


def _frequent(dictionary: Dictionary, codes: Any, most: int) -> Iterator[str]:
    if len(dictionary) <= most or dictionary.items is not None:
        yield from _entries(dictionary)
        return
    counts = np.bincount(codes, minlength=len(dictionary))
    counts[0] = 0
    yield from _texts(dictionary.entries[int(code)] for code in np.argsort(-counts, kind="stable")[:most])


def _entries(dictionary: Dictionary) -> Iterator[str]:
    inner = dictionary.items[0] if dictionary.items is not None else dictionary
    yield from _texts(inner.entries[:MOST_VALUES])


def _texts(found: Any) -> Iterator[str]:
    yield from (value for value in found if isinstance(value, str) and 0 < len(value) <= LONGEST_VALUE)
