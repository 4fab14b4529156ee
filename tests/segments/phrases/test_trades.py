"""Sentences of a bank, a software company and a club: verbs of their own kinds, dates to come, things they count."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from segments.engine.language.check import Catalogue, check
from segments.engine.language.parse import parse_document
from segments.engine.phrases.drafting import draft
from segments.engine.phrases.vocabulary import Field, Kind, Lexicon, Vocabulary

SUNDAY = date(2026, 11, 22)
ROWS: dict[str, list[tuple[str, Any]]] = json.loads((Path(__file__).parent / "trades.json").read_text())
AMOUNT = Field("amount", "amount", "number")


def text(name: str, *values: str) -> Field:
    return Field(name, name.replace("_", " ").capitalize(), "text", values)


def other(name: str, type_: str) -> Field:
    return Field(name, name.replace("_", " ").capitalize(), type_)


TRADES = {
    "bank": Vocabulary(
        (
            text("account_type", "current", "savings"),
            other("income", "number"),
            other("contract_end", "date"),
        ),
        (
            Kind("login", (text("device", "mobile", "web"),)),
            Kind("transfer", (AMOUNT,)),
            Kind("card_payment", (AMOUNT,)),
            Kind("branch_visit"),
            Kind("loan_application", (AMOUNT, text("status", "approved", "declined"))),
            Kind("call", (text("topic", "loan", "card"),)),
        ),
    ),
    "saas": Vocabulary(
        (
            text("plan", "Free", "Trial", "Pro"),
            text("role", "admin", "owner"),
            other("trial_ends_on", "date"),
            other("renewal_date", "date"),
            other("seats", "number"),
        ),
        (
            Kind("login"),
            Kind("feature_used", (text("feature", "export", "dashboard", "api"),)),
            Kind("invite_sent"),
            Kind("plan_upgraded"),
            Kind("page_view", (text("page", "pricing", "docs"),)),
        ),
    ),
    "club": Vocabulary(
        (
            text("membership", "Adult", "Junior"),
            text("gender", "female", "male"),
            other("birthday", "date"),
            other("joined_on", "date"),
            other("membership_ends", "date"),
            Field("sports", "Sports", "list", ("tennis", "football")),
        ),
        (
            Kind("attendance", (text("class", "Yoga", "Spinning"),)),
            Kind("donation", (AMOUNT,)),
            Kind("event_registered", (text("event", "Summer party"),)),
            Kind("no_show"),
        ),
    ),
}


@pytest.mark.parametrize(
    ("trade", "phrase", "rule"), [(trade, *row) for trade, rows in ROWS.items() for row in rows]
)
def test_a_trade_is_understood_in_its_own_words(trade: str, phrase: str, rule: Any) -> None:
    found = draft(phrase, Lexicon(TRADES[trade]), today=SUNDAY)
    assert found.document["rule"] == {"all": rule}
    assert found.unknown == ()
    types = {field.name: field.type for field in TRADES[trade].attributes}
    check(parse_document(found.document), Catalogue(attributes=types, segments=frozenset()))


def test_days_of_a_date_may_be_to_come_or_gone_by() -> None:
    saas = Lexicon(TRADES["saas"])
    first = draft("renewal date within 60 days", saas, today=SUNDAY)
    (choice,) = first.choices
    assert choice.options == ("in the last 60 days", "in the next 60 days")
    second = draft("renewal date within 60 days", saas, today=SUNDAY, decisions={choice.key: 0})
    asked = [found.document["rule"]["all"][0]["op"] for found in (first, second)]
    assert asked == ["within_next", "within_last"]


def test_a_verb_that_two_kinds_have_is_of_neither() -> None:
    both = Lexicon(Vocabulary((), (Kind("plan_upgraded"), Kind("seat_upgraded"))))
    assert draft("upgraded", both, today=SUNDAY).unknown == ("upgraded",)
