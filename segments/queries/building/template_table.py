"""Rules that most companies want: a table. Each is offered only where the account has what it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

PURCHASE = ("purchase", "order", "order_completed", "Order Completed", "bought", "invoice")
OPENED = ("email_opened", "opened_email", "Email Opened", "newsletter_opened")
VIEWED = ("page_view", "page", "visit", "Page Viewed", "Product Viewed", "product_view")
TICKET = ("ticket", "complaint", "support_ticket", "Ticket Created")
COUNTRY = ("country", "Country", "country_code", "address.country")
CITY = ("city", "City", "town", "address.city", "region", "Region", "State")
BIRTHDAY = ("birthday", "date_of_birth", "birth_date", "birthdate", "dob")
AGE = ("age", "Age", "Customer_Age", "Year_Birth")
INTERESTS = ("interests", "tags", "hobbies", "preferences", "favourite_categories")

GENDER = ("gender", "Gender", "sex")
LANGUAGE = ("language", "Language", "locale")
SINCE = ("customer_since", "joined_on", "signup_date", "Dt_Customer")
NEWSLETTER = ("newsletter", "newsletter_subscribed", "subscribed")
SCORE = ("nps", "NPS", "recommendation_score", "satisfaction")
CHANNEL = ("acquisition_channel", "channel", "source", "utm_source")
RETURNED = ("return", "refund", "Order Refunded", "returned")

Needs = Mapping[str, tuple[str, ...]]


KIND_ROLES = frozenset({"bought", "opened", "viewed", "ticket", "returned"})


@dataclass(frozen=True)
class Template:
    """A rule to begin from. `attributes` and `kinds` say what `$name` in the rule stands for: the first that exists."""

    key: str
    name: str
    label: str
    about: str
    rule: dict[str, Any]
    attributes: Needs
    kinds: Needs


def _bought(**more: Any) -> dict[str, Any]:
    return {"interaction": "$bought", **more}


def _template(
    key: str, name: str, label: str, about: str, rule: dict[str, Any], **needs: tuple[str, ...]
) -> Template:
    kinds = {role: names for role, names in needs.items() if role in KIND_ROLES}
    return Template(
        key=key,
        name=name,
        label=label,
        about=about,
        rule=rule,
        attributes={role: names for role, names in needs.items() if role not in kinds},
        kinds=kinds,
    )


_COUNT, _SUM, _AVERAGE = (
    {"fn": "count"},
    {"fn": "sum", "property": "amount"},
    {"fn": "average", "property": "amount"},
)

TEMPLATES = (
    _template(
        "new",
        "New customers",
        "life cycle",
        "first purchase in the last 60 days",
        {"all": [_bought(pick="first", window={"last": [60, "day"]})]},
        bought=PURCHASE,
    ),
    _template(
        "active",
        "Active customers",
        "life cycle",
        "bought at least twice in the last 90 days",
        {"all": [_bought(measure=_COUNT, op="gte", value=2, window={"last": [90, "day"]})]},
        bought=PURCHASE,
    ),
    _template(
        "lapsing",
        "Lapsing",
        "life cycle",
        "bought in the last year, but not in the last 60 days",
        {
            "all": [
                _bought(window={"between_ago": [[12, "month"], [60, "day"]]}),
                {"not": _bought(window={"last": [60, "day"]})},
            ]
        },
        bought=PURCHASE,
    ),
    _template(
        "lost",
        "Lost customers",
        "life cycle",
        "bought once, but not for a year",
        {"all": [_bought(), {"not": _bought(window={"last": [12, "month"]})}]},
        bought=PURCHASE,
    ),
    _template(
        "vip",
        "VIP",
        "value",
        "at least three purchases and 500 in twelve months",
        {
            "all": [
                _bought(measure=_COUNT, op="gte", value=3, window={"last": [12, "month"]}),
                _bought(measure=_SUM, op="gte", value=500, window={"last": [12, "month"]}),
            ]
        },
        bought=PURCHASE,
    ),
    _template(
        "once",
        "One-time buyers",
        "value",
        "exactly one purchase ever",
        {"all": [_bought(measure=_COUNT, op="eq", value=1)]},
        bought=PURCHASE,
    ),
    _template(
        "basket",
        "High basket",
        "value",
        "spends at least 100 a purchase on average",
        {"all": [_bought(measure=_AVERAGE, op="gte", value=100)]},
        bought=PURCHASE,
    ),
    _template(
        "regular",
        "Regular buyers",
        "behavioural",
        "bought in each of the last three months",
        {
            "all": [
                {"regular": {"interaction": "$bought"}, "every": [1, "month"], "of_last": 3, "at_least": 3}
            ]
        },
        bought=PURCHASE,
    ),
    _template(
        "unmoved",
        "Opened, did not buy",
        "behavioural",
        "opened an e-mail and bought nothing in the 14 days after",
        {
            "all": [
                {
                    "sequence": [{"interaction": "$opened"}, {"interaction": "$bought", "absent": True}],
                    "within": [14, "day"],
                    "window": {"last": [60, "day"]},
                }
            ]
        },
        opened=OPENED,
        bought=PURCHASE,
    ),
    _template(
        "silent",
        "Opens nothing",
        "behavioural",
        "has not opened an e-mail for 90 days",
        {
            "all": [
                {"attribute": "email", "op": "is_set"},
                {"not": {"interaction": "$opened", "window": {"last": [90, "day"]}}},
            ]
        },
        opened=OPENED,
    ),
    _template(
        "browsing",
        "Looked, did not buy",
        "behavioural",
        "looked around in the last 14 days without buying",
        {
            "all": [
                {"interaction": "$viewed", "window": {"last": [14, "day"]}},
                {"not": _bought(window={"last": [14, "day"]})},
            ]
        },
        viewed=VIEWED,
        bought=PURCHASE,
    ),
    _template(
        "service",
        "Had trouble lately",
        "behavioural",
        "opened a ticket in the last 30 days",
        {"all": [{"interaction": "$ticket", "window": {"last": [30, "day"]}}]},
        ticket=TICKET,
    ),
    _template(
        "birthday",
        "Birthday soon",
        "demographic",
        "birthday within the next 7 days",
        {"all": [{"attribute": "$birthday", "op": "anniversary_within_next", "value": [7, "day"]}]},
        birthday=BIRTHDAY,
    ),
    _template(
        "age",
        "An age group",
        "demographic",
        "from an age to an age: choose both",
        {"all": [{"attribute": "$age", "op": "between", "value": [None, None]}]},
        age=AGE,
    ),
    _template(
        "country",
        "Where they live",
        "geographic",
        "in one of the countries you choose",
        {"all": [{"attribute": "$country", "op": "in", "value": []}]},
        country=COUNTRY,
    ),
    _template(
        "city",
        "A town or region",
        "geographic",
        "in one of the places you choose",
        {"all": [{"attribute": "$city", "op": "in", "value": []}]},
        city=CITY,
    ),
    _template(
        "interest",
        "What they care about",
        "psychographic",
        "with an interest you choose",
        {"all": [{"attribute": "$interests", "op": "includes_any", "value": []}]},
        interests=INTERESTS,
    ),
    _template(
        "wonback",
        "Won back",
        "life cycle",
        "bought again lately after half a year of nothing",
        {
            "all": [
                _bought(window={"before_last": [7, "month"]}),
                {"not": _bought(window={"between_ago": [[7, "month"], [30, "day"]]})},
                _bought(window={"last": [30, "day"]}),
            ]
        },
        bought=PURCHASE,
    ),
    _template(
        "anniversary",
        "A year with us",
        "life cycle",
        "customer since this day of an earlier year, within the next 14 days",
        {"all": [{"attribute": "$since", "op": "anniversary_within_next", "value": [14, "day"]}]},
        since=SINCE,
    ),
    _template(
        "rising",
        "Spending more than before",
        "value",
        "at least 200 in the last 90 days, less than 200 in the 90 days before",
        {
            "all": [
                _bought(measure=_SUM, op="gte", value=200, window={"last": [90, "day"]}),
                _bought(
                    measure=_SUM, op="lt", value=200, window={"between_ago": [[180, "day"], [90, "day"]]}
                ),
            ]
        },
        bought=PURCHASE,
    ),
    _template(
        "returns",
        "Sends things back",
        "behavioural",
        "at least two returns in twelve months",
        {
            "all": [
                {
                    "interaction": "$returned",
                    "measure": _COUNT,
                    "op": "gte",
                    "value": 2,
                    "window": {"last": [12, "month"]},
                }
            ]
        },
        returned=RETURNED,
    ),
    _template(
        "gender",
        "By gender",
        "demographic",
        "of the gender you choose",
        {"all": [{"attribute": "$gender", "op": "in", "value": []}]},
        gender=GENDER,
    ),
    _template(
        "grown",
        "Thirty to fifty",
        "demographic",
        "between 30 and 50 years old, by their birthday",
        {
            "all": [
                {"attribute": "$birthday", "op": "more_than_ago", "value": [30, "year"]},
                {"attribute": "$birthday", "op": "within_last", "value": [50, "year"]},
            ]
        },
        birthday=BIRTHDAY,
    ),
    _template(
        "language",
        "What they speak",
        "geographic",
        "with the language you choose",
        {"all": [{"attribute": "$language", "op": "in", "value": []}]},
        language=LANGUAGE,
    ),
    _template(
        "abroad",
        "Anywhere but at home",
        "geographic",
        "in none of the countries you choose, of those whose country is known",
        {"all": [{"attribute": "$country", "op": "not_in", "value": [], "empty": False}]},
        country=COUNTRY,
    ),
    _template(
        "promoters",
        "Would recommend us",
        "psychographic",
        "a score of 9 or 10",
        {"all": [{"attribute": "$score", "op": "gte", "value": 9}]},
        score=SCORE,
    ),
    _template(
        "critics",
        "Would not recommend us",
        "psychographic",
        "a score of 6 or less, and still buying",
        {"all": [{"attribute": "$score", "op": "lte", "value": 6}, _bought(window={"last": [6, "month"]})]},
        score=SCORE,
        bought=PURCHASE,
    ),
    _template(
        "channel",
        "How they found us",
        "psychographic",
        "came through the channels you choose",
        {"all": [{"attribute": "$channel", "op": "in", "value": []}]},
        channel=CHANNEL,
    ),
    _template(
        "unreachable",
        "No e-mail address",
        "demographic",
        "cannot be written to by e-mail",
        {"all": [{"attribute": "email", "op": "is_not_set"}]},
    ),
)
