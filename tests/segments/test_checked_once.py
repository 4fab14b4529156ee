"""A rule that was checked is not checked again, unless something that its reading depends on is another."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from segments.engine.language.check import Catalogue
from segments.engine.language.parse import parse_document
from segments.engine.language.refusals import Refused
from segments.queries import reaching
from segments.queries.reaching import checked


def known(value: Any, **attributes: str | None) -> Catalogue:
    rule = {"attribute": "flag", "op": "is", "value": value}
    return Catalogue(
        attributes=attributes or {"flag": None},
        segments=frozenset({"one"}),
        rules={"one": parse_document({"version": 1, "rule": rule})},
    )


def test_the_same_rules_among_the_same_attributes_are_checked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    check = reaching.check
    monkeypatch.setattr(
        reaching, "check", lambda rule, among, slug: asked.append(slug) or check(rule, among, slug=slug)
    )
    first = known(1)
    again = dataclasses.replace(first, attributes=dict(first.attributes), rules=dict(first.rules))
    assert checked(first, "one") is checked(again, "one")
    assert asked == ["one"]


def test_one_and_true_are_equal_and_not_the_same_rule() -> None:
    number, truth = checked(known(1), "one"), checked(known(True), "one")
    assert [type(rule.value) for rule in (number, truth)] != [type(number.value)] * 2  # type: ignore[union-attr]


def test_a_rule_is_checked_again_when_its_attribute_gets_a_type_or_goes() -> None:
    one = known(1)
    checked(one, "one")
    typed = dataclasses.replace(one, attributes={"flag": "date"})
    with pytest.raises(Refused):
        checked(typed, "one")
    with pytest.raises(Refused):
        checked(dataclasses.replace(one, attributes={"other": None}), "one")
    assert checked(one, "one")
