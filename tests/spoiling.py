"""A company in which every word that people, files or programs may write is hostile."""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from typing import Any

import django
from django.test import Client

from tests.hostile import VALUES

ATTRIBUTES, SEGMENTS, CAMPAIGNS = 24, 30, 8


def word(place: int, most: int) -> str:
    """One of the values as a field of so many characters holds it; values that are nothing there become a letter."""
    from crm.domain.texts import one_line

    return one_line(VALUES[place % len(VALUES)])[:most].strip() or "x"


def spoil(*, at: datetime, password: str) -> dict[str, Any]:
    """Make the company; by name what its pages are about, as `tests.browser.furnishing` says it of the demo."""
    from crm.domain.roles import Role
    from crm.models import Account, User
    from segments.actions.running.recomputing import recompute

    Account.objects.update_or_create(pk=1, defaults={"name": word(0, 200), "timezone": "Europe/Vienna"})
    people = [
        User.objects.create_user(
            f"{role.replace(' ', '')}@nordwand.example", password, name=word(place, 120), role=role
        )
        for place, role in enumerate(Role)
    ]
    by = next(one for one in people if one.role == Role.ADMINISTRATOR)
    known = _customers(by, at) | _segments(by, at)
    run = recompute(cause="schedule", as_of=at, worker=word(40, 80))
    assert run is not None
    type(run).objects.filter(pk=run.pk).update(note=word(41, 10_000), error=word(42, 10_000))
    known |= _service(by, at) | _plans(by, at) | {"run": run.pk}
    return known | _rest(by, at)


def _customers(by: Any, at: datetime) -> dict[str, Any]:
    from crm.actions import attributes, consents, notes, tasks
    from crm.domain.attributes import AttributeType
    from crm.models import Company, Contact, Identifier, Interaction

    defined = []
    for place in range(ATTRIBUTES):
        kind = (AttributeType.TEXT, AttributeType.LIST)[place % 2]
        terms = {"label": word(place + 50, 120), "description": word(place, 300)}
        defined.append(
            attributes.define(name=word(place, 110) + f" {place}", type=kind, **terms, by=by, at=at)
        )
    contacts = []
    for place, value in enumerate(VALUES):
        company = Company.objects.create(name=word(place, 190) + f" {place}") if place % 4 == 0 else None
        own = {
            one.name: [word(place + k, 10_000), "x"]
            if one.type == AttributeType.LIST
            else word(place // 20 * 20 + k, 10_000)
            for k, one in enumerate(defined[place % 3 :: 3])
        }
        first, last = word(place, 200), word(place + 7, 200)
        made = Contact.objects.create(first_name=first, last_name=last, company=company, attributes=own)
        Identifier.objects.create(
            contact=made, kind="external_id", value=f"x-{place}", shown=word(place, 254)
        )
        Identifier.objects.create(
            contact=made, kind="email", value=f"c{place}@x.example", shown=f"c{place}@x.example"
        )
        for again in range(2):
            Interaction.objects.create(
                contact=made,
                kind="purchase" if again else word(place // 10 * 10, 120),
                at=at - timedelta(days=place % 90 + 1, hours=again),
                amount=10 if again else None,
                currency="EUR" if again else "",
                properties={
                    word(place % 5, 100): word(place // 10, 5_000),
                    "category": word(place // 30, 200),
                },
                source=word(place, 80),
                message_id=f"{place} {again}",
            )
        contacts.append(made)
        if place % 3 == 0:
            notes.add(contact=made, body=value.replace("\x00", "")[:10_000].strip() or "x", by=by, at=at)
            tasks.add(contact=made, title=word(place, 300), due_on=at.date(), assignee=by, by=by, at=at)
            said = {"channel": "email", "purpose": "offers", "granted": place % 2 == 0, "given_at": at}
            consents.record(
                contact=made, **said, source=word(place, 80), proof=word(place, 500), by=by, at=at
            )
    from crm.models import AttributeDefinition, Note, Task

    note = Note.objects.earliest("pk")
    return {
        "customer": note.contact_id,
        "note": note.pk,
        "task": Task.objects.earliest("pk").pk,
        "company": Company.objects.earliest("pk").pk,
        "attribute": AttributeDefinition.objects.earliest("pk").pk,
    }


def _segments(by: Any, at: datetime) -> dict[str, Any]:
    from crm.models import AttributeDefinition, Contact
    from segments.actions.building.saving import create_segment, save_rule
    from segments.actions.membership import fixed
    from segments.models import Filling

    names = list(
        AttributeDefinition.objects.filter(type="text").order_by("pk").values_list("name", flat=True)
    )
    for place in range(SEGMENTS):
        slug = {0: "vip", 1: "active", 2: "new", 3: "lost"}.get(place, f"s{place}")
        asked = {"attribute": names[place % len(names)], "op": "is_not", "value": word(place * 5, 300)}
        rule = {
            "version": 1,
            "rule": {"all": [asked, {"interaction": word(place // 10 * 10, 120)}] if place % 5 else [asked]},
        }
        made = create_segment(
            name=word(place, 110) + f" {place}", rule=rule, slug=slug, label=word(place % 6, 40),
            description=word(place + 9, 500), note=word(place + 3, 200), by=by, at=at - timedelta(days=9),
        )  # fmt: skip
        if place == 0:
            other = {
                "version": 1,
                "rule": {"any": [asked, {"attribute": names[1], "op": "contains", "value": word(2, 300)}]},
            }
            save_rule(segment=made, rule=other, note=word(60, 200), by=by, at=at - timedelta(days=5))
    some = list(Contact.objects.order_by("pk").values_list("pk", flat=True)[:40])
    unknown = [(place, word(place, 10_000)) for place in range(60)]
    source = fixed.Source(kind=Filling.FILE, origin=word(30, 300), given=100, unknown=unknown)
    listed = fixed.create_list(name=word(31, 120), contacts=some, source=source, by=by, at=at)
    return {"listed": listed.slug, "filling": Filling.objects.latest("pk").pk}


def _service(by: Any, at: datetime) -> dict[str, Any]:
    from crm.models import Contact
    from segments.actions.membership import placing
    from segments.actions.service import badge_keys, playbooks, voting
    from segments.models import Membership, MembershipChange, Segment, SegmentReview

    vip = Segment.objects.get(slug="vip")
    members = Contact.objects.filter(
        pk__in=Membership.objects.filter(segment=vip).values("contact_id")
    ).order_by("pk")
    for place, one in enumerate(members[:60]):
        terms = {"right": place % 2 == 0, "reason": word(place, 500), "voter": f"user {by.pk}"}
        voting.vote(segment=vip, contact=one, **terms, by=by, at=at)
    parts = {
        part: "\n".join(word(place, 150) for place in range(k, k + 6))
        for k, part in enumerate(("do", "avoid", "offer", "tone", "escalation"))
    }
    playbooks.write(segment=vip, parts=parts, note=word(20, 300), started_from=0, by=by, at=at)
    for place, one in enumerate(members[60:70]):
        placing.place(
            segment=vip, contacts=[one.pk], included=place % 2 == 0, reason=word(place, 300), by=by, at=at
        )
    if not SegmentReview.objects.filter(segment=vip).exists():
        voting.ask_for_review(segment=vip, why=word(21, 300), by=by, at=at)
    terms = {"origins": ["https://desk.example"], "servers": True, "votes": True, "rate": 6_000}
    key, secret = badge_keys.make_key(name=word(22, 80), **terms, by=by, at=at)
    return {
        "desk": key.pk,
        "public": key.public,
        "secret": secret,
        "line": MembershipChange.objects.filter(segment=vip).latest("pk").pk,
        "review": SegmentReview.objects.earliest("pk").pk,
        "email": members[0].pk,
    }


def _plans(by: Any, at: datetime) -> dict[str, Any]:
    from campaigns.actions.campaigns import create_campaign
    from campaigns.actions.goals import create_goal
    from campaigns.models import Campaign, Goal
    from segments.models import Segment

    for place in range(CAMPAIGNS):
        segment = Segment.objects.get(slug="vip" if place == 0 else f"s{place + 4}")
        texts = {"subject": word(place + 3, 150), "message": VALUES[place * 7][:4_000].strip() or "x"}
        create_campaign(
            name=word(place, 120), segment=segment, objective=word(place + 1, 200), channel="email", purpose="offers",
            **texts, owner=by, by=by, at=at,
        )  # fmt: skip
        create_goal(
            name=word(place, 120), segment=segment, metric="size", options={}, objective=word(place + 2, 200),
            starts_on=at.date() - timedelta(days=3), due_on=at.date() + timedelta(days=90), target=500, owner=by, by=by, at=at,
        )  # fmt: skip
    return {"campaign": Campaign.objects.earliest("pk").pk, "goal": Goal.objects.earliest("pk").pk}


def _rest(by: Any, at: datetime) -> dict[str, Any]:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from crm.actions import alerting, suggesting, tokens
    from crm.actions.merging import merging
    from crm.models import Contact, Import
    from crm.troubles import Trouble

    ids = list(Contact.objects.order_by("-pk").values_list("pk", flat=True)[:2])
    merging.merge(survivor=ids[0], merged=ids[1], by=by, at=at)
    tokens.make_token(
        name=word(23, 50), machine=True, scopes=["contacts:read"], expires_at=None, by=by, at=at
    )
    alerting.tell(
        troubles=[
            Trouble(key="x", title=word(24, 200), text=word(25, 5_000), url="/segments/vip/", to=by.pk)
        ],
        at=at,
    )
    suggesting.find_duplicates(at=at)
    lines = [
        ",".join(['"' + word(k, 60).replace('"', '""') + '"' for k in (place, place + 1, place + 2)])
        for place in range(0, 150, 3)
    ]
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(by, backend="allauth.account.auth_backends.AuthenticationBackend")
    file = SimpleUploadedFile(word(1, 100) + ".csv", "\n".join(lines).encode())
    assert client.post("/imports/new/", {"kind": "contacts", "file": file}).status_code == 302
    return {"survivor": ids[0], "other": ids[1], "import": Import.objects.latest("pk").pk}


if __name__ == "__main__":
    django.setup()
    from config.demo import company
    from crm.kit.clock import now

    sys.stdout.write(json.dumps(spoil(at=now(), password=company.PASSWORD)))
