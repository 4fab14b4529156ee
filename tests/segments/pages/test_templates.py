"""Templates: every type of segmentation, each rule whole, offered only where the account has what it reads."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from segments.engine.language.check import Catalogue, check
from segments.engine.language.parse import parse_document
from segments.queries.building.template_table import TEMPLATES
from segments.queries.building.templates import TYPES, templates_for

ATTRIBUTES = {
    "country": "text",
    "city": "text",
    "birthday": "date",
    "age": "number",
    "interests": "list",
    "gender": "text",
    "language": "text",
    "customer_since": "date",
    "nps": "number",
    "acquisition_channel": "text",
    "email": "text",
}
KINDS = {"purchase", "email_opened", "page_view", "ticket", "return"}
# A value where the template leaves the choice to the person.
CHOSEN: dict[str, Any] = {"[null, null]": [30, 40], "[]": ["x"]}


def test_every_type_of_segmentation_has_some() -> None:
    labels = [one["label"] for one in templates_for(ATTRIBUTES, KINDS)]
    for label in ("demographic", "geographic", "psychographic", "behavioural", "value", "life cycle"):
        assert labels.count(label) >= 3, label
    assert len(labels) == len(TEMPLATES)


@pytest.mark.parametrize("offered", templates_for(ATTRIBUTES, KINDS), ids=lambda one: one["key"])
def test_a_template_is_a_rule_once_its_values_are_chosen(offered: dict[str, Any]) -> None:
    text = json.dumps(offered["rule"])
    for gap, value in CHOSEN.items():
        text = text.replace(f'"value": {gap}', f'"value": {json.dumps(value)}')
    assert "$" not in text
    document = {"version": 1, "rule": json.loads(text)}
    check(parse_document(document), Catalogue(attributes=dict(ATTRIBUTES)))


def test_an_account_is_offered_only_what_it_can_use() -> None:
    assert [one["key"] for one in templates_for({"email": "text"}, set())] == ["unreachable"]
    numbers = templates_for(dict.fromkeys(ATTRIBUTES, "yes/no"), set())
    assert {one["key"] for one in numbers} == {"unreachable"}
    assert TYPES.keys() <= {role for one in TEMPLATES for role in one.attributes}


def test_the_dialog_of_the_list_page_is_filled_with_counts(
    signed_in: Callable[..., Client], people: Any
) -> None:
    page = signed_in("marketer").get("/segments/templates/").content.decode()
    offered = signed_in("marketer").get("/segments/").content.decode()
    keys = re.findall(r'id="template-([\w-]+)" hx-swap-oob="true">[\d,]+<', page)
    assert keys
    assert all(f'id="template-{key}"' in offered for key in keys)
