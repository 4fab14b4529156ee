"""A database with the population made into a company: names, numbers, words to search, consents, segments with a past.

Everything goes the product's own way where it is about memberships: a first build and a sweep for each of some days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction

from campaigns.actions.campaigns import create_campaign
from campaigns.actions.goals import create_goal
from campaigns.models import Campaign
from config.bench import loading, rules
from config.bench.order import Order
from config.demo.company import LANDS
from crm.domain.roles import Role
from crm.domain.search import terms
from crm.models import Account, Consent, Contact, Identifier, User
from segments.actions.running.recomputing import recompute
from segments.actions.service import playbooks
from segments.engine.language.sentence import write
from segments.mirror import everyone
from segments.models import Segment
from segments.queries.catalogue import catalogue
from segments.queries.reaching import checked

EMAIL = "bench@facet.example"
DAYS_AGO = (20, 19, 14, 7, 3, 2, 1, 0)
FIRST = sorted({name for land in LANDS for name in (*land.women, *land.men)})
LAST = sorted({name for land in LANDS for name in land.surnames})
AGREED = 0.6


def name_of(key: int) -> tuple[str, str]:
    """First and last name of a contact."""
    return FIRST[key * 7 % len(FIRST)], LAST[key * 13 % len(LAST)]


def identifiers_of(key: int) -> list[tuple[str, str]]:
    """What a contact is found by, beside the e-mail address that the population has."""
    return [("phone", f"+43660{key:07d}"), ("external_id", f"K-{key:07d}")]


def furnish(order: Order, *, at: datetime) -> None:
    """Add what is missing. Each step is done once, so that an interrupted filling goes on where it was."""
    person = User.objects.filter(email=EMAIL).first() or User.objects.create_user(
        EMAIL, None, name="Bench", role=Role.ADMINISTRATOR
    )
    Account.objects.filter(pk=1).update(currency="EUR", country="AT", timezone="Europe/Vienna")
    if not Identifier.objects.filter(kind=Identifier.PHONE).exists():
        with transaction.atomic():
            _name_everybody()
        everyone.snapshot()
    if not Segment.objects.exists():
        _make_segments(order, person)
    newest = Segment.objects.exclude(evaluated_at=None).order_by("-evaluated_at").first()
    for days in DAYS_AGO:
        instant = at - timedelta(days=days)
        if newest is None or newest.evaluated_at is None or newest.evaluated_at < instant:
            recompute(cause="schedule", as_of=instant, worker="bench", rebuild=False)
    _use(Segment.objects.order_by("-size").first(), person, at)
    _settle()


def _make_segments(order: Order, person: User) -> None:
    documents = rules.segments(order.segments)
    with transaction.atomic():
        made = Segment.objects.bulk_create(
            [
                Segment(
                    slug=slug,
                    name=slug.replace("-", " ").title(),
                    rule={"version": 1, "rule": rule},
                    owner=person,
                )
                for slug, rule in documents.items()
            ]
        )
        known = catalogue()
        for segment in made:
            segment.sentence = write(checked(known, segment.slug), known.labels)
        Segment.objects.bulk_update(made, ["sentence"])


def _name_everybody() -> None:
    last = Contact.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    with connection.cursor() as cursor:
        for column, names, step in (("first_name", FIRST, 7), ("last_name", LAST, 13)):
            cursor.execute(f"CREATE TEMPORARY TABLE bench_{column} (place integer PRIMARY KEY, name text)")
            cursor.executemany(
                f"INSERT INTO bench_{column} (place, name) VALUES (%s, %s)",  # noqa: S608 - names of ours
                list(enumerate(names)),
            )
            cursor.execute(
                f"UPDATE crm_contact SET {column} = (SELECT name FROM bench_{column} "  # noqa: S608
                f"WHERE place = (crm_contact.id * {step}) % {len(names)})"
            )
    keys = range(1, last + 1)
    loading.fill("crm_identifier", ((key, *pair, pair[1]) for key in keys for pair in identifiers_of(key)))
    loading.fill("crm_searchterm", _words(keys))
    now = datetime(2026, 6, 1, tzinfo=UTC).isoformat(sep=" ")
    agreed = ((key, "email", "offers", key % 10 < 10 * AGREED, now) for key in keys if key % 4)
    loading.fill(Consent._meta.db_table, agreed)


def _words(keys: range) -> Iterator[tuple[int, str]]:
    for key in keys:
        email = ("email", f"person.{key}@mail.example")
        for word in terms(*name_of(key), [email, *identifiers_of(key)]):
            yield key, word


def _use(largest: Segment | None, person: User, at: datetime) -> None:
    """A goal, a campaign and a playbook about the largest segment."""
    if largest is None or not largest.size or "Bench" in _campaigns():
        return
    create_campaign(
        name="Bench", segment=largest, objective="Find out how fast it is", channel="email", purpose="offers",
        subject="Hello", message="Hello", owner=person, by=person, at=at,
    )  # fmt: skip
    today: date = at.date()
    create_goal(
        name="Bench", segment=largest, metric="size", options={}, objective="Grow", starts_on=today,
        due_on=today + timedelta(days=90), target=Decimal(largest.size + 10), owner=person, by=person, at=at,
    )  # fmt: skip
    for segment in Segment.objects.order_by("pk")[:20]:
        parts = {"do": "Be kind.", "offer": "Free returns."}
        playbooks.write(segment=segment, parts=parts, note="", started_from=0, by=person, at=at)


def _campaigns() -> set[str]:
    return set(Campaign.objects.values_list("name", flat=True))


def _settle() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
