"""One type for a column that lies in two populations, as the snapshot and the patch of the mirror.

What `is` and `distinct` mean depends on the type that all values of a column share. A few changed contacts may share
another than everyone does, and would be judged differently alone than among all.
"""

from __future__ import annotations

import copy
import dataclasses
from collections import ChainMap
from collections.abc import Iterable, Mapping
from typing import Any

from segments.engine.population import Column, Population
from segments.engine.rules import Attribute, Interaction, Property, Regular, Rule, Sequence, conditions

BY_TYPE = frozenset({"is", "is_not", "in", "not_in", "includes_any", "includes_all", "includes_none"})


def agree_on_types(
    one: Population, other: Population, rules: Iterable[Rule]
) -> tuple[Population, Population]:
    """Both populations with the columns whose type these rules look at typed by the values of both."""
    if not len(one) or not len(other):
        return one, other
    attributes, properties = _names(rules)
    changed: list[dict[str, Any]] = [{}, {}]
    for field, names in (("attributes", attributes), ("properties", properties)):
        mine, theirs = getattr(one, field), getattr(other, field)
        for place, columns in enumerate(_typed(mine, theirs, names)):
            if columns:
                changed[place][field] = ChainMap(columns, (mine, theirs)[place])
    return dataclasses.replace(one, **changed[0]), dataclasses.replace(other, **changed[1])


def _typed(
    mine: Mapping[str, Column], theirs: Mapping[str, Column], names: set[str]
) -> tuple[dict[str, Column], dict[str, Column]]:
    found: tuple[dict[str, Column], dict[str, Column]] = ({}, {})
    for name in names:
        pair = (mine.get(name), theirs.get(name))
        if pair[0] is None or pair[1] is None or pair[0].dictionary.declared:
            continue
        kinds = {column.dictionary.type for column in pair if column and len(column.dictionary) > 1}
        kind = kinds.pop() if len(kinds) == 1 else "instant" if kinds == {"date", "instant"} else None
        for columns, column in zip(found, pair, strict=True):
            if column is not None and column.dictionary.type != kind:
                dictionary = copy.copy(column.dictionary)
                dictionary.type = kind
                columns[name] = Column(column.codes, dictionary)
    return found


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
