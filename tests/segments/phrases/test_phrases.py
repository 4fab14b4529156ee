"""Sentences and the rules they become: a table a marketer can read, and what is said of words nobody knows."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from segments.engine.language.canonical import fingerprint
from segments.engine.language.check import Catalogue, check
from segments.engine.language.parse import parse_document
from segments.engine.language.sentence import write
from segments.engine.phrases.drafting import draft
from segments.engine.phrases.feasts import easter
from segments.engine.phrases.vocabulary import Field, Kind, Lexicon, Vocabulary

SUNDAY = date(2026, 11, 22)
PHRASES: list[tuple[str, Any]] = json.loads((Path(__file__).parent / "phrases.json").read_text())
ATTRIBUTES = (
    Field("country", "Country", "text", ("Portugal", "Germany", "Austria", "United Kingdom")),
    Field("city", "City", "text", ("Lisbon", "Porto", "Vienna", "São Paulo", "Nice")),
    Field("gender", "Gender", "text", ("female", "male")),
    Field("birthday", "Birthday", "date"),
    Field("loyalty_tier", "Loyalty tier", "text", ("Gold", "Silver", "Bronze")),
    Field("nps", "Recommendation score", "number"),
    Field("shoe_size", "Shoe size", "number"),
    Field("newsletter", "Newsletter", "yes/no"),
    Field("interests", "Interests", "list", ("climbing", "hiking", "ski touring")),
    Field("email", "E-mail", "text"),
    Field("phone", "Phone", "text"),
    Field("first_name", "First name", "text", ("Ada", "Bea")),
    Field("language", "Language", "text", ("de", "en", "pt")),
    Field("customer_since", "Customer since", "date"),
    Field("created_at", "Created", "instant"),
    Field(
        "acquisition_channel", "Acquisition channel", "text", ("Instagram", "Google search", "friend", "Gold")
    ),
)
PURCHASE = (
    Field("amount", "amount", "number"),
    Field("category", "category", "text", ("Shoes", "Tents", "Sale", "Gift card")),
    Field("channel", "channel", "text", ("web", "shop in Vienna")),
    Field("product", "product", "text", ("Trail 3",)),
    Field("discount", "discount", "number"),
)
KINDS = (
    Kind("purchase", PURCHASE),
    Kind("email_opened", (Field("campaign", "campaign", "text", ("Spring news",)),)),
    Kind("page_view", (Field("category", "category", "text", ("Sale", "Shoes")),)),
    Kind(
        "ticket",
        (
            Field("topic", "topic", "text", ("delivery", "refund")),
            Field("status", "status", "text", ("open", "solved")),
        ),
    ),
    Kind("call", (Field("minutes", "minutes", "number"),)),
)
SEGMENTS = (
    ("vip", "VIP"),
    ("lapsing-loyal-buyers", "Lapsing loyal buyers"),
    ("newsletter-readers", "Newsletter readers"),
)


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon(Vocabulary(ATTRIBUTES, KINDS, SEGMENTS))


def test_the_table_is_long_enough() -> None:
    assert len(PHRASES) >= 360
    assert len({phrase for phrase, _ in PHRASES}) == len(PHRASES)


@pytest.mark.parametrize(("phrase", "rule"), PHRASES, ids=[phrase for phrase, _ in PHRASES])
def test_a_phrase_becomes_its_rule(lexicon: Lexicon, phrase: str, rule: Any) -> None:
    found = draft(phrase, lexicon, today=SUNDAY)
    assert found.document == {"version": 1, "rule": rule}
    assert found.unknown == ()
    known = Catalogue(
        attributes={field.name: field.type for field in ATTRIBUTES},
        segments=frozenset(slug for slug, _ in SEGMENTS),
    )
    check(parse_document(found.document), known)


UNKNOWN = (
    ("women who love sparkling unicorns", ("love", "sparkling", "unicorns")),
    ("in the last 6 months", ("last", "6", "months")),
    ("opened Spring news but did not click", ("click",)),
    ("Klingon speakers", ("Klingon", "speakers")),
    ("zzz qqq", ("zzz", "qqq")),
    ("bought every month this year", ("this", "year")),
    ("added to cart but did not buy", ("added", "cart")),
    ("bought but never", ("never",)),
    ("never in a shop", ("shop",)),
    ("women who bought over 40", ("over", "40")),
    ("with a discount over 20", ("discount", "over", "20")),
    ("bought shoes but again sparkled", ("again", "sparkled")),
    ("", ()),
)
ADVISED = (
    ("top spenders", ("top", "spenders"), "ranking"),
    ("our best customers in Lisbon", ("best", "customers"), "ranking"),
    ("top 10% by revenue", ("top", "10", "revenue"), "ranking"),
    ("most loyal customers", ("most", "loyal"), "bought at least 4 times"),
    ("millennials in Porto", ("millennials",), "born between"),
    ("women about to churn", ("about", "to", "churn"), "what will"),
    ("abandoned their cart", ("abandoned", "cart"), "nothing about carts"),
    (
        "bought less this year than last year",
        ("bought", "less", "this", "year", "than", "last", "year"),
        "give the numbers",
    ),
    ("less this year than last year", ("less", "this", "year", "than", "last", "year"), "give the numbers"),
    ("bought more shoes than tents", ("bought", "more", "shoes", "than", "tents"), "give the numbers"),
    ("spent more than average", ("spent", "more", "than", "average"), "give the numbers"),
    (
        "recommendation score above average",
        ("recommendation", "score", "above", "average"),
        "give the number",
    ),
    ("last winter but nothing since", ("last", "winter", "nothing", "since"), "such as ‘bought last winter’"),
    ("was gold but is silver now", ("was", "gold"), "what a customer is now"),
    ("became gold", ("became",), "gold for less than 30 days"),
    ("opened every newsletter", ("every", "newsletter"), "not what was sent"),
    ("opened none of the last 5 emails", ("none", "of", "the", "last", "5", "emails"), "not what was sent"),
    ("opened the last newsletter", ("the", "last", "newsletter"), "not what was sent"),
    ("many purchases", ("many",), "Say how often"),
    ("never in a shop", ("shop",), "name its values, such as ‘web’ or ‘shop in Vienna’"),
    ("left VIP", ("left",), "for how long"),
    ("their last 3 orders", ("their", "last", "3", "orders"), "the last few"),
    ("bought at most twice a month", ("a", "month"), "for a most give one stretch"),
    ("bought within 7 days of opening an email", ("within", "7", "days", "of"), "what came first"),
    ("not only bought shoes", ("not", "only"), "what else"),
    ("bought on a weekend", ("weekend",), "days of the week"),
)


@pytest.mark.parametrize(("phrase", "words", "advice"), ADVISED)
def test_what_no_rule_can_say_is_said_with_what_can(
    lexicon: Lexicon, phrase: str, words: tuple[str, ...], advice: str
) -> None:
    found = draft(phrase, lexicon, today=SUNDAY)
    assert found.unknown == words
    assert any(advice in note for note in found.notes)


@pytest.mark.parametrize(
    ("year", "day"),
    [(1961, (4, 2)), (2000, (4, 23)), (2024, (3, 31)), (2025, (4, 20)), (2026, (4, 5)), (2038, (4, 25))],
)
def test_easter_falls_where_the_calendar_has_it(year: int, day: tuple[int, int]) -> None:
    assert easter(year) == date(year, *day)


def test_each_of_several_may_be_meant(lexicon: Lexicon) -> None:
    first = draft("bought shoes and tents", lexicon, today=SUNDAY)
    assert first.choices[0].options == ("any of them", "each of them")
    second = draft("bought shoes and tents", lexicon, today=SUNDAY, decisions={first.choices[0].key: 1})
    assert second.document == draft("bought both shoes and tents", lexicon, today=SUNDAY).document


@pytest.mark.parametrize(("phrase", "words"), UNKNOWN)
def test_what_nobody_understands_is_said_word_by_word(
    lexicon: Lexicon, phrase: str, words: tuple[str, ...]
) -> None:
    found = draft(phrase, lexicon, today=SUNDAY)
    assert found.unknown == words
    assert [word for word, understood in found.words if not understood] == list(words)


def test_a_choice_is_offered_and_taken(lexicon: Lexicon) -> None:
    first = draft("gold who bought for more than 100 euro", lexicon, today=SUNDAY)
    place, amount = first.choices
    assert place.options == ("Loyalty tier is Gold", "Acquisition channel is Gold")
    assert amount.options == ("in total", "in a single purchase")
    second = draft(
        "gold who bought for more than 100 euro",
        lexicon,
        today=SUNDAY,
        decisions={place.key: 1, amount.key: 1},
    )
    assert second.document["rule"] == {
        "all": [
            {"attribute": "acquisition_channel", "op": "is", "value": "Gold"},
            {"interaction": "purchase", "where": [{"property": "amount", "op": "gt", "value": 100}]},
        ]
    }


def test_neither_of_two_may_mean_only_the_first(lexicon: Lexicon) -> None:
    found = draft("did not buy or open", lexicon, today=SUNDAY)
    assert found.document["rule"]["all"][1] == {"not": {"interaction": "email_opened"}}
    choice = found.choices[0]
    other = draft("did not buy or open", lexicon, today=SUNDAY, decisions={choice.key: 1})
    assert other.document["rule"] == {
        "any": [{"not": {"interaction": "purchase"}}, {"interaction": "email_opened"}]
    }


@pytest.mark.parametrize("decision", [-1, 7, 10**30])
def test_a_decision_that_is_none_of_the_options_is_the_usual_one(lexicon: Lexicon, decision: int) -> None:
    key = draft("gold", lexicon, today=SUNDAY).choices[0].key
    found = draft("gold", lexicon, today=SUNDAY, decisions={key: decision})
    assert found.choices[0].taken == 0


def test_typing_errors_are_forgiven_and_said(lexicon: Lexicon) -> None:
    found = draft("womn in Lisbbon", lexicon, today=SUNDAY)
    assert len(found.document["rule"]["all"]) == 2
    assert found.notes == ("‘womn’ was read as ‘women’.", "‘Lisbbon’ was read as ‘lisbon’.")


def test_an_account_without_kinds_or_values_understands_nothing(lexicon: Lexicon) -> None:
    found = draft("women in Lisbon who bought twice this year", Lexicon(Vocabulary()), today=SUNDAY)
    assert found.document["rule"] == {"all": []}
    assert "bought" in found.unknown


ODD = (
    *("(" * 500, "not " * 500, "between " * 300, "and or but , ; (", "‘" * 99, "9" * 5_000, "at least"),
    *("=1+1", "<script>", "\u202eevil", "bought " * 400, "a" * 10_000, "1.1.1 euro 3.3.3333 99.99.2025"),
)


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_nothing_that_is_typed_breaks_it(lexicon: Lexicon, text: str) -> None:
    draft(text, lexicon, today=SUNDAY)


def test_what_somebody_has_is_the_attribute_where_a_value_is_called_the_same() -> None:
    channel = Field("acquisition_channel", "Acquisition channel", "text", ("Newsletter", "Search"))
    both = Lexicon(Vocabulary((Field("newsletter", "Newsletter", "yes/no"), channel)))
    found = draft("with newsletter", both, today=SUNDAY)
    assert found.document["rule"]["all"] == [{"attribute": "newsletter", "op": "is", "value": True}]
    assert len(found.choices[0].options) == 2


def test_a_place_is_nothing_that_was_done(lexicon: Lexicon) -> None:
    found = draft("bought something in the shop", lexicon, today=SUNDAY)
    assert found.document["rule"] == {"all": [{"interaction": "purchase"}]}
    assert found.unknown == ("shop",)


@pytest.mark.parametrize(
    ("text", "left_out"),
    [
        ("bought shoes and not in Lisbon", {"attribute": "city", "op": "is_not", "value": "Lisbon"}),
        (
            "bought in Porto but not in Lisbon",
            {
                "not": {
                    "interaction": "purchase",
                    "where": [{"property": "branch", "op": "is", "value": "Lisbon"}],
                }
            },
        ),
    ],
)
def test_a_place_after_and_is_of_the_customer_unless_purchases_were_told_apart_by_it(
    text: str, left_out: Any
) -> None:
    branch = Field("branch", "branch", "text", ("Lisbon", "Porto"))
    known = Lexicon(Vocabulary(ATTRIBUTES, (Kind("purchase", (*PURCHASE, branch)),), SEGMENTS))
    found = draft(text, known, today=SUNDAY)
    assert found.document["rule"]["all"][1] == left_out
    assert [choice.options for choice in found.choices][-1] == (
        "of what was done (branch)",
        "of the customer",
    )


def test_with_and_without_ask_for_what_is_known_before_what_is_preferred() -> None:
    preferred = Field("preferred_contact", "Preferred contact", "text", ("E-mail", "Phone"))
    known = Lexicon(Vocabulary((*ATTRIBUTES, preferred), KINDS, SEGMENTS))
    found = draft("customers with an email but without a phone", known, today=SUNDAY)
    assert found.document["rule"] == {
        "all": [{"attribute": "email", "op": "is_set"}, {"attribute": "phone", "op": "is_not_set"}]
    }
    assert [choice.options[1] for choice in found.choices] == [
        "Preferred contact is E-mail",
        "Preferred contact is Phone",
    ]


def test_consent_is_told_beside_every_count_and_is_no_rule(lexicon: Lexicon) -> None:
    found = draft("customers without consent", lexicon, today=SUNDAY)
    assert found.document["rule"] == {"all": []}
    assert found.unknown == ("consent",)
    assert "beside every count" in found.notes[0]


def test_our_own_sentences_are_read_as_the_rule_they_tell_or_said_not_to_be_understood(
    lexicon: Lexicon,
) -> None:
    labels = {field.name: field.label for field in ATTRIBUTES} | dict(SEGMENTS)
    known = Catalogue(
        attributes={field.name: field.type for field in ATTRIBUTES},
        segments=frozenset(slug for slug, _ in SEGMENTS),
    )
    understood = 0
    for _, rule in PHRASES:
        told = check(parse_document({"version": 1, "rule": rule}), known)
        sentence = write(told, labels)
        found = draft(sentence, lexicon, today=SUNDAY)
        never = '"op": "eq", "value": 0' in json.dumps(
            rule
        )  # ‘never bought’, which is another rule of one meaning
        if not found.unknown and not never:
            assert fingerprint(check(parse_document(found.document), known)) == fingerprint(told), sentence
            understood += 1
    assert understood > 300
