"""Everything a page can be about, made in a demo company by the product's own doors; `python -m` prints what it is."""

from __future__ import annotations

import json
import sys
from typing import Any

import django
from django.test import Client

FILE = "email,first_name,birthday\nnew@x.example,Nora,1990-02-03\nno address,Nils,1991-02-03\n"


def furnish() -> dict[str, Any]:
    """Make a note, imports, a help desk, a merge, a filled list, a draft, an alert; by name, what they are called."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from campaigns.models import Campaign, Goal
    from crm.actions import alerting, suggesting
    from crm.actions.merging import merging
    from crm.domain.roles import Role
    from crm.kit.clock import now
    from crm.models import AttributeDefinition, Company, Import, Note, Task, User
    from crm.troubles import Trouble
    from segments.models import BadgeKey, Filling, Membership, MembershipChange, Run, Segment, SegmentReview

    by, client = User.objects.get(role=Role.ADMINISTRATOR), administrator()

    def post(address: str, **values: Any) -> None:
        answer = client.post(address, values)
        assert answer.status_code in (200, 201, 302), (address, answer.status_code, answer.content[:2_000])

    members = list(Membership.objects.filter(segment__slug="vip").order_by("contact_id")[:3])
    customer, second, third = (one.contact_id for one in members)
    post(f"/contacts/{customer}/notes/", body="Rang about the tent")
    for _ in range(2):
        post("/imports/new/", kind="contacts", file=SimpleUploadedFile("new.csv", FILE.encode()))
    post(
        "/help-desks/new/", name="Desk", origins="https://desk.example", servers="on", votes="on", rate="120"
    )
    post("/tokens/new/", name="Till", used_by="machine", scopes="contacts:read")
    merging.merge(survivor=second, merged=third, by=by, at=now())
    listed = Segment.objects.filter(kind=Segment.FIXED).order_by("pk").first()
    assert listed is not None
    post(f"/segments/{listed.slug}/people/add/", entries="nobody@nowhere.example")
    at = now()
    suggesting.find_duplicates(at=at)
    alerting.tell(
        troubles=[
            Trouble(key="x", title="A segment was not counted", text="Why", url="/segments/vip/", to=by.pk)
        ],
        at=at,
    )
    return {
        "customer": customer,
        "survivor": second,
        "other": third,
        "listed": listed.slug,
        "note": Note.objects.latest("pk").pk,
        "import": Import.objects.latest("pk").pk,
        "desk": BadgeKey.objects.latest("pk").pk,
        "public": BadgeKey.objects.latest("pk").public,
        "filling": Filling.objects.latest("pk").pk,
        "line": MembershipChange.objects.filter(segment__slug="vip").latest("pk").pk,
        "task": Task.objects.filter(done_at=None, removed_at=None).latest("pk").pk,
        "company": Company.objects.earliest("pk").pk,
        "attribute": AttributeDefinition.objects.earliest("pk").pk,
        "review": SegmentReview.objects.latest("pk").pk,
        "run": Run.objects.latest("pk").pk,
        "goal": Goal.objects.earliest("pk").pk,
        "campaign": Campaign.objects.earliest("pk").pk,
    }


def administrator() -> Client:
    """A browser in which the administrator is signed in."""
    from crm.models import User

    client = Client(SERVER_NAME="127.0.0.1")
    by = User.objects.get(role="administrator")
    client.force_login(by, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def answers(known: dict[str, Any]) -> dict[str, list[str]]:
    """Which addresses answer with a whole page, and which with something they should not; deeds are left out."""
    from tests.browser.addresses import REFUSED, every_address

    client, pages, wrong = administrator(), [], []
    for address in every_address(known):
        answer = client.get(address.path)
        whole = b"".join(answer) if answer.streaming else answer.content
        if answer.status_code in (302, 405):
            continue
        if answer.status_code != REFUSED.get(address.path, 200):
            wrong.append(f"{address.path} answers {answer.status_code}")
        elif answer["Content-Type"].startswith("text/html") and b"<html" in whole[:500]:
            pages.append(address.path)
    return {"pages": pages, "wrong": wrong}


if __name__ == "__main__":
    django.setup()
    furnished = furnish()
    sys.stdout.write(json.dumps(furnished | answers(furnished)))
