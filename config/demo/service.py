"""What Nordwand's service team does with segments: playbooks, votes on badges, tasks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from crm.actions import tasks
from crm.domain.roles import Role
from crm.models import Contact, User
from segments.actions.service import playbooks, voting
from segments.models import Membership, Segment
from segments.queries.service.votes import voter_of

VOTED = 14  # customers of each badge whom somebody voted on


@dataclass(frozen=True)
class Book:
    """How service treats a segment, where its badge stands, and how often colleagues find it right."""

    slug: str
    rank: int
    right: float
    parts: dict[str, str] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()


BOOKS = (
    Book("open-complaint", 1, 0.97, {
        "do": "Name the open case first, with its number\nSay who works on it and until when",
        "avoid": "Asking them to tell the story again\nAny offer before it is solved",
        "offer": "Return shipping, and a loan pair while boots are being repaired",
        "tone": "Calm and exact. One apology, then what happens next.",
        "escalation": "Older than five days: to the service lead, the same day.",
    }),
    Book("vip", 1, 0.94, {
        "do": "Greet by name\nCheck stock in all shops before saying no\nMention the early evening at the Vienna shop",
        "avoid": "Sending them through the phone menu again\nPoints and percentages",
        "offer": "Free express, and holding an item for ten days",
        "tone": "Warm and quick, like to a regular.",
        "escalation": "A complaint of any kind: to Marta or the service lead within the hour.",
    }),
    Book("lapsing-loyal", 2, 0.91, {
        "do": "Thank them for the years\nAsk what is missing from the range\nOffer free returns: they use them fairly",
        "avoid": "A discount in the first sentence\n“We miss you”",
        "offer": "Boot care in the shop, without an appointment",
        "tone": "As to somebody who knows more than we do.",
    }),
    Book("detractors", 2, 0.88, {
        "do": "Read their survey answer before you write\nSay what was changed since",
        "avoid": "Asking for another rating",
        "escalation": "If they mention a lawyer or the press: to the service lead.",
    }),
    Book("new-buyers", 3, 0.96, {
        "do": "Ask whether size and fit are right\nExplain exchange within 100 days",
        "avoid": "Selling the loyalty programme before the parcel has arrived",
        "tone": "Helpful, short, no jargon.",
    }),
    Book("prefers-writing", 2, 0.93, {"do": "Write, by e-mail or chat", "avoid": "Calling without asking first"}),
    Book("sale-hunters", 4, 0.3, {"do": "Tell the next sale’s date if they ask"},
         ("Bought at full price twice last month", "These were our own loyalty vouchers", "Only one sale, in January",
          "Gold customer, not a sale hunter")),
    Book("birthday-this-month", 4, 0.98, {"do": "Say happy birthday once", "avoid": "Asking for their age"}),
)  # fmt: skip
TASKS = (
    ("open-complaint", "Call back about the open case", -2, Role.SERVICE),
    ("open-complaint", "Ask the workshop for a date", 0, Role.SERVICE),
    ("vip", "Hold the tent in Graz until Friday", 1, Role.SERVICE_LEAD),
    ("vip", "Send the invitation to the early evening", 6, Role.MARKETER),
    ("lapsing-loyal", "Ask what is missing from the range", 3, Role.SERVICE),
    ("detractors", "Write what was changed since the survey", 0, Role.SERVICE_LEAD),
    ("new-buyers", "Ask whether the boots fit", None, Role.SERVICE),
)


def serve(*, as_of: datetime, seed: int = 1) -> None:
    """Write the playbooks, vote on badges and give tasks, each through the action a colleague's click would call."""
    rng = np.random.default_rng(seed)
    people = {Role(user.role): user for user in User.objects.all()}
    for book in BOOKS:
        segment = Segment.objects.filter(slug=book.slug).first()
        if segment is not None:
            _write(book, segment, people, as_of)
            _vote(book, segment, list(people.values()), rng, as_of)
    for slug, title, days, role in TASKS:
        member = Membership.objects.filter(segment__slug=slug).order_by("contact_id").first()
        if member is not None:
            due = None if days is None else (as_of + timedelta(days=days)).date()
            contact = Contact.objects.get(pk=member.contact_id)
            tasks.add(
                contact=contact,
                title=title,
                due_on=due,
                assignee=people[role],
                by=people[Role.SERVICE_LEAD],
                at=as_of - timedelta(days=3),
            )


def _write(book: Book, segment: Segment, people: dict[Role, User], as_of: datetime) -> None:
    at = as_of - timedelta(days=120)
    Segment.objects.filter(pk=segment.pk).update(badge_rank=book.rank)
    first = {part: text for part, text in book.parts.items() if part in ("do", "avoid")}
    marketer, lead = people[Role.MARKETER], people[Role.SERVICE_LEAD]
    made = playbooks.write(
        segment=segment, parts=first, note="First draft", started_from=0, by=marketer, at=at
    )
    playbooks.write(
        segment=segment,
        parts=book.parts,
        note="After a month on the phone",
        started_from=made.number,
        by=lead,
        at=at + timedelta(days=30),
    )


def _vote(
    book: Book, segment: Segment, voters: list[User], rng: np.random.Generator, as_of: datetime
) -> None:
    members = Membership.objects.filter(segment=segment).order_by("contact_id").select_related("contact")
    for place, member in enumerate(members[:VOTED]):
        for voter in rng.permutation(len(voters))[:3]:
            right = bool(rng.random() < book.right)
            reason = book.reasons[int(rng.integers(len(book.reasons)))] if book.reasons and not right else ""
            voting.vote(
                segment=segment,
                contact=member.contact,
                right=right,
                reason=reason,
                voter=voter_of(voters[voter]),
                by=voters[voter],
                at=as_of - timedelta(days=VOTED - place, hours=int(voter)),
            )
