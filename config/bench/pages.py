"""Every page and endpoint that is read, asked of a furnished database: the first time in a process, and warm.

Asked in this process, through all of the product but the web server. An address that answers with a file counts up to
its first piece, and goes on being read for a while.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from time import perf_counter
from typing import Any

from django.db.models import Count
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from campaigns.models import Campaign, Goal
from config.bench.furnishing import EMAIL, furnish, name_of
from config.bench.order import Order
from config.bench.timing import Measurement, percentile
from crm.actions.tokens import make_token
from crm.domain.scopes import SCOPES
from crm.kit.clock import now
from crm.models import Contact, User
from segments.actions.service.badge_keys import make_key
from segments.models import Membership, MembershipChange, Run, Segment

WARM, READ_FOR, SLOW, SHOWN = 3, 2.0, 0.3, 40
DESK_ASKS, DESK_WARM, MOST_A_MINUTE = 200, 10, 6_000
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
# Not asked: signing in and out, what answers in the name of the web server, and what is behind a key in its address.
LEFT_OUT = re.compile(r"sign-|password|\^|<slug:public>|static")
ADDRESS = re.compile(r"<(?:\w+:)?(\w+)>")


@dataclass(frozen=True)
class Subject:
    """Whom and what the addresses are about: the largest segment, another by rule, and a customer with many badges."""

    largest: Segment
    other: Segment
    contact: int

    def fill(self, route: str, slug: str) -> str:
        """The address of a route about these."""
        values = {
            "slug": slug,
            "contact_id": self.contact,
            "number": (Goal if route.startswith("goals/") else Campaign).objects.values_list("pk", flat=True)[
                0
            ],
            "way": "came",
            "group": "allowed",
            "what": "recompute",
            "prefix": "none",
            "act": "done",
            "pk": self._key(route),
        }
        return "/" + ADDRESS.sub(lambda found: str(values.get(found[1], 1)), route)

    def _key(self, route: str) -> int:
        if route.startswith("contacts/"):
            return self.contact
        newest: Any = Run if route.startswith("operations/") else MembershipChange
        found = newest.objects.order_by("-pk").values_list("pk", flat=True).first()
        return int(found or 1)

    def questions(self, name: str, at: datetime) -> list[str]:
        """What is asked of a page beside nothing."""
        first, last = (word.lower() for word in name_of(self.contact))
        both = f"?s={self.largest.slug}&s={self.other.slug}"
        asked = {
            "palette": [f"?q={first}", f"?q={last[:3]}"],
            "contacts": [
                f"?q={first}", f"?q={first}+{last[:1]}", f"?segment={self.largest.slug}",
                f"?segment={self.largest.slug}&q={first}", f"?segment={self.largest.slug}&q=zzz",
                "?sort=name", f"?sort=-changed&segment={self.other.slug}", f"?segment={self.other.slug}&after=9",
            ],
            "segment_members": [f"?q={first}"],
            "segments": ["?sort=value", "?sort=growth"],
            "segment_past": [f"?on={at:%Y-%m-%d}"],
            "segment_log": ["?way=in", "?way=out"],
            "segments_compare": [both],
            "segments_people": [f"?in={self.largest.slug}&out={self.other.slug}"],
            "api_badges": [f"?email=person.{self.contact}@mail.example"],
            "api_contacts": [f"?q={first}", f"?segment={self.largest.slug}"],
        }  # fmt: skip
        return ["", *asked.get(name, [])]


def measure(order: Order, members: object = None) -> dict[str, Any]:
    """A row for each address that is slow, and one for all; an address that fails is a wrong answer."""
    at = now()
    furnish(order, at=at)
    subject = _subject()
    person = User.objects.get(email=EMAIL)
    browser = Client(SERVER_NAME="localhost", raise_request_exception=False)
    browser.force_login(person, backend=BACKEND)
    _, key = make_token(name="pages", machine=True, scopes=list(SCOPES), expires_at=None, by=person, at=at)
    rows, wrong = [], []
    for address, fragment in addresses(subject, at):
        headers = {"HX-Request": "true"} if fragment else {}
        if address.startswith("/api/"):
            headers["Authorization"] = f"Bearer {key}"
        status, first = _asked(browser, address, headers)
        if status >= 500 and "/health/" not in address:
            wrong.append(f"{address} answered {status}")
        if status == 200:
            warm = [_asked(browser, address, headers)[1] for _ in range(WARM)]
            rows.append(
                Measurement(f"GET {address}{' (part)' * fragment}", warm, "", {"first": first}).as_json()
            )
    badge, others = _badges(browser, person, at)
    wrong += others
    rows.sort(key=lambda row: -row["median"])
    medians = [row["median"] for row in rows]
    told = (
        f"{len(rows)} addresses; {sum(one > SLOW for one in medians)} over {SLOW} s; slowest {rows[0]['row']}"
    )
    whole = Measurement("pages and endpoints", medians, told, {"p95": percentile(medians, 0.95)}).as_json()
    return {
        "measurements": [badge, whole, *rows[:SHOWN]],
        "checks": [{"what": "pages and endpoints that answer", "compared": len(rows), "wrong": wrong}],
    }


def _badges(browser: Client, person: User, at: datetime) -> tuple[dict[str, Any], list[str]]:
    """What a help desk asks, for customers evenly among all, with one of its own keys; and what went wrong."""
    _, secret = make_key(
        name="pages", origins=[], servers=True, votes=True, rate=MOST_A_MINUTE, by=person, at=at
    )
    headers = {"Authorization": f"Bearer {secret}"}
    last = Contact.objects.order_by("-pk").values_list("pk", flat=True)[0]
    number = DESK_ASKS + DESK_WARM
    asked = range(1, last + 1, max(1, last // number))[:number]
    taken, shown, wrong = [], [], []
    for pk in Contact.objects.filter(pk__in=asked).order_by("pk").values_list("pk", flat=True):
        address = f"/api/v1/badges?email=person.{pk}@mail.example"
        began = perf_counter()
        answer: Any = browser.get(address, headers=headers)
        taken.append(perf_counter() - began)
        if answer.status_code != 200:
            wrong.append(f"{address} answered {answer.status_code}")
        else:
            shown.append(len(answer.json()["badges"]))
    taken = taken[DESK_WARM:]
    told = f"{len(taken)} customers through a help desk’s key; half have {median(shown or [0]):.0f} badges or more"
    return Measurement("badges of a customer", taken, told, {"p95": percentile(taken, 0.95)}).as_json(), wrong


def addresses(subject: Subject, at: datetime) -> Iterator[tuple[str, bool]]:
    """Each address there is, for the largest segment and another; and whether it is asked for as a part of a page."""
    for route, pattern in _routes(get_resolver()):
        if LEFT_OUT.search(route):
            continue
        slugs = [subject.largest.slug, subject.other.slug] if "<slug:slug>" in route else [""]
        for slug in slugs:
            for question in subject.questions(pattern.name or "", at):
                address = subject.fill(route, slug) + question
                yield address, False
                if "segments/" in route and not route.startswith("api/") and ".csv" not in route:
                    yield address, True


def _routes(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        route = f"{before}{one.pattern}"
        if isinstance(one, URLResolver):
            yield from _routes(one, route)
        else:
            yield route, one


def _subject() -> Subject:
    by_size = list(Segment.objects.order_by("-size"))
    asked = next((one for one in by_size if '"segment"' in json.dumps(one.rule)), by_size[len(by_size) // 3])
    badges = Membership.objects.filter(contact_id__lte=2_000).values("contact").annotate(n=Count("segment"))
    contact = badges.order_by("-n", "contact").values_list("contact", flat=True)[0]
    return Subject(by_size[0], asked, contact)


def _asked(browser: Client, address: str, headers: dict[str, str]) -> tuple[int, float]:
    """The status, and the seconds until the answer, or the first piece of a file, was there."""
    began = perf_counter()
    answer: Any = browser.get(address, headers=headers)
    if not answer.streaming:
        return answer.status_code, perf_counter() - began
    pieces = iter(answer.streaming_content)
    with suppress(StopIteration):
        next(pieces)
        taken = perf_counter() - began
        while perf_counter() - began < READ_FOR:
            next(pieces)
        answer.close()
        return answer.status_code, taken
    return answer.status_code, perf_counter() - began
