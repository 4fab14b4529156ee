"""One type for a column that lies in several populations, as the snapshot and the patches of the mirror.

What `is` and `distinct` mean depends on the type that all values of a column share. A few changed contacts may share
another than everyone does, and would be judged differently alone than among all. And a value that only a contact had
who changed since is no value of the column any more.
"""

from __future__ import annotations

import copy
import dataclasses
from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from segments.engine.judging.population import Column, Population
from segments.engine.language import values
from segments.engine.language.dictionary import Dictionary
from segments.engine.language.rules import (
    Attribute,
    Interaction,
    Property,
    Regular,
    Rule,
    Sequence,
    conditions,
)

BY_TYPE = frozenset({"is", "is_not", "in", "not_in", "includes_any", "includes_all", "includes_none"})
Field = Literal["attributes", "properties"]
MIXED = "mixed"


@dataclass
class Part:
    """A population, and which of its contacts stand (all, unless said): the others' values do not count."""

    population: Population
    stands: npt.NDArray[np.bool_] | None = None

    @cached_property
    def fallen(self) -> npt.NDArray[np.int64]:
        """The rows of those who do not stand."""
        return np.zeros(0, np.int64) if self.stands is None else np.flatnonzero(~self.stands)

    @cached_property
    def fallen_rows(self) -> npt.NDArray[np.int64]:
        """The rows of the interactions of those who do not stand."""
        offsets = self.population.offsets
        begins, ends = offsets[self.fallen], offsets[self.fallen + 1]
        counts = ends - begins
        before = np.concatenate([[0], np.cumsum(counts)[:-1]])
        return np.asarray(np.repeat(begins - before, counts) + np.arange(counts.sum()), np.int64)

    def kinds(self, field: Field, name: str) -> frozenset[str]:
        """The types of the values that the contacts who stand have in a column."""
        column = getattr(self.population, field).get(name)
        if column is None:
            return frozenset()
        if not len(self.fallen):
            kinds = kinds_of(column.dictionary)
            return kinds if len(self.population) else frozenset()
        used = _counted(column) - np.bincount(
            self._fallen_codes(field, column), minlength=len(column.dictionary)
        )
        present = np.flatnonzero(used[1:] > 0) + 1
        whole = kinds_of(column.dictionary)
        if len(whole) < 2:
            return whole if len(present) else frozenset()
        each = _kind_of_each(column.dictionary)
        return frozenset(each[index] for index in present.tolist())

    def _fallen_codes(self, field: Field, column: Column) -> npt.NDArray[np.int32]:
        if field == "attributes":
            return np.asarray(column.codes[self.fallen])
        return np.asarray(column.codes[self.fallen_rows])


class Agreement:
    """The types of columns over several parts, worked out when first asked for. `declared` attributes have theirs."""

    def __init__(self, parts: list[Part], declared: Mapping[str, str] | None = None) -> None:
        self.parts = parts
        self.declared = declared
        self._types: dict[tuple[Field, str], str | None] = {}

    def type_of(self, field: Field, name: str) -> str | None:
        """The declared type, else the one all values share, else None."""
        key = (field, name)
        if key not in self._types:
            self._types[key] = self._declared(field, name) or self._shared(field, name)
        return self._types[key]

    def _declared(self, field: Field, name: str) -> str | None:
        if field == "properties":
            return None
        if self.declared is not None:
            return self.declared.get(name)
        columns = (part.population.attributes.get(name) for part in self.parts)
        return next((column.dictionary.declared for column in columns if column is not None), None)

    def _shared(self, field: Field, name: str) -> str | None:
        columns = [getattr(part.population, field).get(name) for part in self.parts]
        rough = {kind for column in columns if column for kind in kinds_of(column.dictionary)}
        if len(rough) > 1:
            rough = {kind for part in self.parts for kind in part.kinds(field, name)}
        if rough == {"date", "instant"}:
            return "instant"
        return next(iter(rough)) if len(rough) == 1 and rough != {MIXED} else None

    def typed(self, rules: Iterable[Rule]) -> list[Population]:
        """The populations with the columns whose type these rules look at typed so."""
        attributes, properties = _names(rules)
        found = []
        wanted: tuple[tuple[Field, set[str]], ...] = (("attributes", attributes), ("properties", properties))
        for part in self.parts:
            changed: dict[str, Any] = {}
            for field, names in wanted:
                columns = getattr(part.population, field)
                other = {}
                for name in sorted(names & set(columns)):
                    dictionary = columns[name].dictionary
                    typed = as_type(dictionary, self.type_of(field, name), self._declared(field, name))
                    if typed is not dictionary:
                        other[name] = Column(columns[name].codes, typed)
                if other:
                    changed[field] = ChainMap(other, columns)
            found.append(dataclasses.replace(part.population, **changed) if changed else part.population)
        return found


def as_type(dictionary: Dictionary, kind: str | None, declared: str | None) -> Dictionary:
    """The dictionary read as a type; always the same one for the same type, with what it has worked out."""
    if dictionary.declared == declared and (declared is not None or dictionary.type == kind):
        return dictionary
    known: dict[Any, Dictionary] = dictionary.__dict__.setdefault("_as_type", {})
    if (kind, declared) not in known:
        other = copy.copy(dictionary)
        for name in ("_as_type", "items"):
            other.__dict__.pop(name, None)
        other.declared = declared
        other.type = kind
        known[kind, declared] = other
    return known[kind, declared]


def kinds_of(dictionary: Dictionary) -> frozenset[str]:
    """The types of the entries (of the first few, and `MIXED`, where there are many types)."""
    if dictionary.declared is None and dictionary.type not in (None, "instant"):
        return frozenset([dictionary.type])
    return frozenset(_kind_of_each(dictionary)[1:])


def _kind_of_each(dictionary: Dictionary) -> list[str]:
    known: list[str] | None = dictionary.__dict__.get("_kinds")
    if known is None:
        known = [values.shared_type([entry]) or "" for entry in dictionary.entries]
        dictionary.__dict__["_kinds"] = known
    return known


def _counted(column: Column) -> npt.NDArray[np.int64]:
    """How often each entry is used by all rows; counted once."""
    known: npt.NDArray[np.int64] | None = column.__dict__.get("_counted")
    if known is None:
        known = np.bincount(column.codes, minlength=len(column.dictionary))
        column.__dict__["_counted"] = known
    return known


def _names(rules: Iterable[Rule]) -> tuple[set[str], set[str]]:
    """The attributes and the properties whose type these rules look at."""
    attributes: set[str] = set()
    properties: set[str] = set()
    for rule in rules:
        for part in conditions(rule):
            where: tuple[Property, ...] = ()
            if isinstance(part, Attribute) and part.op in BY_TYPE:
                attributes.add(part.name)
            elif isinstance(part, Interaction | Regular):
                where = part.where
                if isinstance(part, Interaction) and part.measure and part.measure.fn == "distinct":
                    properties.add(str(part.measure.property))
            elif isinstance(part, Sequence):
                where = tuple(test for step in part.steps for test in step.where)
            properties |= {test.name for test in where if test.op in BY_TYPE}
    return attributes, properties
