"""Two hundred adversarial names and values are shown as data wherever service meets them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product

import pytest

from crm.actions import tasks
from crm.domain.texts import one_line, some_lines
from crm.kit.clock import now
from crm.models import Contact, Identifier
from segments.actions.service import badge_keys, playbooks, voting
from segments.models import Membership, Segment, Vote
from tests.hostile import Read

FILES = (
    "xss",
    "unicode_names_and_mails",
    "template_and_merge_tags",
    "csv_formula_injection",
    "header_injection",
)
AROUND = ("{}", 'a"{}', "a'>{}", "{}<!--", "</textarea>{}")


def values(folder) -> Iterator[str]:
    for name in FILES:
        for item in json.loads((folder / "08_security" / f"{name}.json").read_text())["items"]:
            text = item["v"] if isinstance(item, dict) else str(item)
            yield text.encode("utf-8", "ignore").decode().replace("\x00", "")


def read(client, address, **headers) -> str:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200, address
    page = Read(answer.content.decode())
    assert not page.acting, (address, page.acting)
    return "\n".join(page.texts)


@pytest.fixture
def texts(shared_data) -> list[str]:
    found = [around.format(value) for value, around in product(dict.fromkeys(values(shared_data)), AROUND)]
    found += ["x" * 10_000, "\u202e" * 50 + "abc", "👩‍👩‍👧‍👦" * 60, "Z" + "\u0301" * 200]
    assert len(found) >= 200
    return [text for text in found if one_line(text)]


def test_names_reasons_tasks_and_playbooks(texts, badge, person, noon, signed_in, django_assert_num_queries):
    by = person("service lead")
    contacts = Contact.objects.bulk_create(Contact(first_name=text[:200]) for text in texts)
    contacts = list(Contact.objects.order_by("pk"))
    segment = badge("Loyal", *contacts)
    for contact, text in zip(contacts, texts, strict=True):
        Identifier.objects.create(
            contact=contact, kind="external_id", value=f"X-{contact.pk}", shown=text[:200]
        )
        tasks.add(contact=contact, title=text[:300], due_on=None, assignee=by, by=by, at=noon)
        voting.vote(
            segment=segment,
            contact=contact,
            right=False,
            reason=text[:500],
            voter=f"user {by.pk}",
            by=by,
            at=noon,
        )
    client = signed_in("service lead")
    for contact, text in list(zip(contacts, texts, strict=True))[::9]:
        seen = read(client, f"/contacts/{contact.pk}/")
        assert one_line(text[:500]) in seen
        assert one_line(text[:300]) in seen
        assert Vote.objects.get(contact=contact).reason == one_line(text[:500])
    for address in ("/tasks/", "/segments/loyal/feedback/", "/reviews/", "/find/?q=script", "/find/?q=x"):
        read(client, address)


def test_segments_and_playbooks(texts, badge, contact, person, noon, signed_in):
    ada = contact("Ada")
    Identifier.objects.create(contact=ada, kind="email", value="ada@example.com", shown="ada@example.com")
    _, secret = badge_keys.make_key(
        name="<b>Desk</b>",
        origins=[],
        servers=True,
        votes=True,
        rate=6000,
        by=person("service lead"),
        at=now(),
    )
    client = signed_in("service lead")
    names = [one_line(text)[:120] for text in texts]
    for place, (text, name) in enumerate(zip(texts, names, strict=True)):
        segment = Segment.objects.create(
            slug=f"s{place}", name=name, description=one_line(text)[:500], kind="fixed", size=place
        )
        if place % 8 == 0:
            Membership.objects.create(segment=segment, contact=ada, since=noon)
            parts = {"do": text[:2_000], "avoid": text[:2_000], "offer": text[:1_000], "tone": text[:1_000]}
            playbooks.write(
                segment=segment, parts=parts, note=text[:300], started_from=0, by=person("marketer"), at=noon
            )
            assert some_lines(text[:1_000]).split("\n")[0] in read(client, f"/segments/s{place}/playbook/")
    seen = read(client, f"/contacts/{ada.pk}/")
    assert all(name in seen for name in names[::8])
    read(client, "/help-desks/")
    read(client, "/find/?q=a")
    answer = client.get("/api/v1/badges?email=ada@example.com", headers={"Authorization": f"Bearer {secret}"})
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    badges = answer.json()["badges"]
    assert sorted(one["name"] for one in badges) == sorted(names[::8])
