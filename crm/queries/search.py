"""Finds contacts by the beginnings of words, through one index, as fast among a million as among a thousand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import phonenumbers
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from crm.domain.search import after_prefix, query_words, tag_term
from crm.models import Consent, Contact, SearchTerm
from crm.panels import FILTERS
from crm.queries.sorting import BY_NUMBER, NEWEST, ORDERS, Order, order_of, page_in_order

COUNTED_UP_TO = 10_000
COUNTED_WORDS = 1_000  # with words each match costs a look whether it was counted already
TAGS_OFFERED = 200
FEW = 5_000
SORTED = 2_000
_TAG_LEAPS = """
WITH RECURSIVE tag(word) AS (
    SELECT (SELECT term FROM crm_searchterm WHERE term > '#' AND term < '$' ORDER BY term LIMIT 1)
    UNION ALL
    SELECT (SELECT term FROM crm_searchterm WHERE term > tag.word AND term < '$' ORDER BY term LIMIT 1)
    FROM tag WHERE tag.word IS NOT NULL
)
SELECT word FROM tag WHERE word IS NOT NULL LIMIT %s
"""


@dataclass(frozen=True)
class Selection:
    """Which contacts a list is about. `others` are (name, value) of the filters that storeys above registered.

    `sort` is the word of an order (`crm.queries.sorting`). `instead` gives for each word that was typed those that are
    looked for in its place: see `crm.queries.forgiving`.
    """

    text: str = ""
    tag: str = ""
    company: int | None = None
    consent: bool = False
    others: tuple[tuple[str, str], ...] = ()
    sort: str = ""
    instead: tuple[tuple[str, ...], ...] = ()

    @property
    def narrowed(self) -> bool:
        """True where it is about fewer than all."""
        return bool(self.text or self.tag or self.company or self.consent or self.others)


@dataclass(frozen=True)
class Total:
    """How many there are; beyond `COUNTED_UP_TO`, or `COUNTED_WORDS`, only that there are more."""

    number: int
    more: bool


def eligible(selection: Selection) -> QuerySet[Contact]:
    """The living contacts of a selection, its words, tag, consent and filters left aside."""
    contacts = Contact.objects.living()
    return contacts.filter(company_id=selection.company) if selection.company else contacts


def orders_for(selection: Selection) -> list[Order]:
    """The orders that a selection can be listed in, at once for any number; none with words, which have their own."""
    if selection.text.strip():
        return []
    by_others = selection.tag or selection.consent
    return [one for one in ORDERS if one.column == BY_NUMBER or not by_others]


def order_in(selection: Selection) -> Order:
    """The order a selection without words is listed in: the one asked for, or the newest first."""
    asked = order_of(selection.sort)
    return asked if asked in orders_for(selection) else NEWEST


def page_of_keys(selection: Selection, *, after: str, size: int, country: str) -> list[tuple[str, int]]:
    """At most `size` pairs of (key for `after`, contact id); one query, and by name or change one more a filter.

    Words are answered in the order of the words found, everything else in the order asked for. The condition that is
    likely the rarest leads: a company, a rare tag, words, a tag, a filter, consent; the others are asked of each row it
    brings.
    """
    rows, by_word = _rows(selection, country)
    if by_word:
        term, _, contact_id = after.rpartition(" ")
        if contact_id.isdecimal():
            rows = rows.filter(term__gte=term).filter(Q(term__gt=term) | Q(contact_id__gt=int(contact_id)))
        pairs = rows.order_by("term", "contact_id").values_list("term", "contact_id")[:size]
        return [(f"{term} {contact_id}", contact_id) for term, contact_id in pairs]
    order = order_in(selection)
    if order.column != BY_NUMBER:
        return page_in_order(_all_of(selection), order, after=after, size=size)
    if rows.model is Contact:
        return page_in_order(rows, order, after=after, size=size)
    if after.isdecimal():
        rows = rows.filter(**{"contact_id__lt" if order.down else "contact_id__gt": int(after)})
    ids = rows.order_by("-contact_id" if order.down else "contact_id").values_list("contact_id", flat=True)
    return [(str(contact_id), contact_id) for contact_id in ids[:size]]


def total(selection: Selection, *, country: str) -> Total:
    """The exact number where it is cheap to know; one query."""
    rows, _ = _rows(selection, country)
    most = counted_up_to(selection)
    number = rows.order_by()[: most + 1].count()
    return Total(min(number, most), number > most)


def counted_up_to(selection: Selection) -> int:
    """How far a selection is counted, and so how many of it are changed at once."""
    return COUNTED_WORDS if query_words(selection.text) else COUNTED_UP_TO


def tags_in_use() -> list[str]:
    """The tags contacts carry, as search spells them, at most 200: leaps from tag to tag through the index."""
    sql = _TAG_LEAPS
    if connection.vendor == "postgresql":
        sql = sql.replace("term >", "term ~>~").replace("term <", "term ~<~")
        sql = sql.replace("ORDER BY term", "ORDER BY term USING ~<~")
    with connection.cursor() as cursor:
        cursor.execute(sql, [TAGS_OFFERED])
        return [term[1:] for (term,) in cursor.fetchall()]


def _rows(selection: Selection, country: str) -> tuple[QuerySet, bool]:
    """One row a contact, of SearchTerm, a filter, Consent or Contact, whichever leads; and whether words lead."""
    words = _conditions(selection, country)
    contacts = eligible(selection)
    rest: list[QuerySet] = []
    filters = [FILTERS[name].inside(value) for name, value in selection.others if name in FILTERS]
    if words:  # asked of the few that words bring
        for inside in filters:
            contacts = contacts.filter(pk__in=inside.values("contact_id"))
    else:
        rest += filters
    if selection.consent:
        rest.append(Consent.objects.filter(channel="email", purpose="offers", granted=True))
    if selection.tag:
        rest.insert(0, SearchTerm.objects.filter(term=tag_term(selection.tag)))
    if selection.text.strip() and not words:
        return Contact.objects.none(), False
    if selection.company or (words and _few_carry(selection.tag)):
        rest += [SearchTerm.objects.filter(word) for word in words]
        words = []
    if words:
        lead = SearchTerm.objects.filter(words[0])
        # A contact stands where its first matching word stands, and only there.
        lead = lead.filter(
            ~Exists(
                SearchTerm.objects.filter(
                    words[0], contact_id=OuterRef("contact_id"), term__lt=OuterRef("term")
                )
            )
        )
        rest += [SearchTerm.objects.filter(word) for word in words[1:]]
    elif rest and not selection.company:
        lead = rest.pop(0)
    else:
        for condition in rest:
            contacts = contacts.filter(Exists(condition.filter(contact_id=OuterRef("pk"))))
        return contacts, False
    for condition in rest:
        lead = lead.filter(Exists(condition.filter(contact_id=OuterRef("contact_id"))))
    return lead.filter(Exists(contacts.filter(pk=OuterRef("contact_id")))), bool(words)


def _all_of(selection: Selection) -> QuerySet[Contact]:
    """The contacts of a selection by company and filters. Of a few the numbers are read: these are then sorted.

    Of many a page is found soonest by going through the customers in the order of the list.
    """
    contacts = eligible(selection)
    for name, value in selection.others:
        if name in FILTERS:
            inside = FILTERS[name].inside(value)
            few = list(inside.values_list("contact_id", flat=True)[: SORTED + 1])
            if len(few) <= SORTED:
                contacts = contacts.filter(pk__in=few)
            else:
                contacts = contacts.filter(Exists(inside.filter(contact_id=OuterRef("pk"))))
    return contacts


def _conditions(selection: Selection, country: str) -> list[Q]:
    """A condition a word, the rarest first: it leads, and the others are asked of each row it brings."""
    if selection.instead:
        words = [_any_of(*(_begins(word) for word in group)) for group in selection.instead]
    else:
        words = [_beginnings(word, country) for word in query_words(selection.text)]
    if len(words) < 2:
        return words
    return sorted(words, key=lambda word: SearchTerm.objects.filter(word)[: FEW + 1].count())


def _any_of(*conditions: Q) -> Q:
    whole = Q()
    for condition in conditions:
        whole |= condition
    return whole


def _few_carry(tag: str) -> bool:
    """True where a tag is rarer than words are, and so leads better; one bounded look."""
    if not tag:
        return False
    return SearchTerm.objects.filter(term=tag_term(tag))[: FEW + 1].count() <= FEW


def _beginnings(word: str, country: str) -> Q:
    """Terms that begin with the word; a number dialled within the country also as from abroad."""
    question = _begins(word)
    for other in dialled(word, country):
        question |= _begins(other)
    return question


def _begins(word: str) -> Q:
    if connection.vendor == "sqlite":
        return Q(term__gte=word, term__lt=after_prefix(word))
    return Q(term__startswith=word)


def dialled(word: str, country: str) -> Sequence[str]:
    """A number dialled within the country as it is kept, with the country in front; else nothing."""
    digits = "".join(sign for sign in word if sign.isdecimal())
    if not digits.startswith("0") or len(digits) < 4 or not set(word) <= set("0123456789-./() "):
        return ()
    if digits.startswith("00"):
        return (digits[2:],)
    prefix = phonenumbers.country_code_for_region(country)
    return (f"{prefix}{digits[1:]}",) if prefix else ()
