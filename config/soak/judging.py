"""Who belongs where by the independent evaluator of tests/reference, in a process of its own, from plain data.

Customers, all they did and the rules are read from the tables and handed over as the portable form of rules; no code of
the engine takes part. It is there in a checkout; where it is not, memberships are compared with the engine itself
working from a fresh reading of the database, and the report says so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q

from crm.domain.attributes import BUILT_IN
from crm.models import AttributeDefinition, Contact, ContactChange, Identifier, Interaction
from crm.queries.accounts import account_zone
from segments.models import Membership, Placement, Segment

JUDGE = Path(settings.BASE_DIR) / "tests" / "reference" / "judging.py"
PATIENCE = 3_600
CHUNK = 500
Json = dict[str, Any]


class JudgeFailed(RuntimeError):
    """The independent evaluator did not answer."""


def there() -> bool:
    """True in a checkout, which has the independent evaluator."""
    return JUDGE.exists()


def verdicts(as_of: datetime) -> dict[str, set[int]]:
    """The members of every dynamic segment by slug, as the independent evaluator sees them. Raises `JudgeFailed`."""
    with tempfile.TemporaryDirectory() as beside:
        world = Path(beside) / "world.jsonl"
        with world.open("w") as file:
            for line in _lines(as_of):
                file.write(json.dumps(line) + "\n")
        command = [sys.executable, "-m", "tests.reference.judging", str(world), str(os.cpu_count() or 1)]
        ended = subprocess.run(
            command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    if ended.returncode:
        raise JudgeFailed(f"The independent evaluator failed: {ended.stderr.strip()[-2_000:]}")
    found: dict[str, set[int]] = {
        slug: set()
        for slug in Segment.objects.live().filter(kind=Segment.DYNAMIC).values_list("slug", flat=True)
    }
    for said in ended.stdout.splitlines():
        contact, slugs = json.loads(said)
        for slug in slugs:
            found[slug].add(int(contact))
    return found


def _lines(as_of: datetime) -> Iterator[Json]:
    """What is the same for everybody; then each living contact with all they did."""
    declared = {name: type_name.value for name, (_, type_name) in BUILT_IN.items()}
    declared.update(AttributeDefinition.objects.values_list("name", "type"))
    yield {
        "as_of": as_of.isoformat(),
        "timezone": str(account_zone()),
        "attributes": declared,
        "segments": _segments(as_of),
        "wanted": list(Segment.objects.live().filter(kind=Segment.DYNAMIC).values_list("slug", flat=True)),
    }
    last = 0
    while ids := list(
        Contact.objects.living().filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]
    ):
        yield from _contacts(ids)
        last = ids[-1]


def _segments(as_of: datetime) -> Json:
    """The rules; who was put in or kept out by hand goes around a rule as two lists."""
    found: Json = {}
    for segment in Segment.objects.live():
        if segment.kind == Segment.FIXED:
            found[segment.slug] = {"static": _listed(Membership.objects.filter(segment=segment))}
            continue
        rule = segment.rule["rule"]
        placed = Placement.objects.open().filter(Q(until=None) | Q(until__gt=as_of), segment=segment)
        for included, name in ((True, "in"), (False, "out")):
            by_hand = _listed(placed.filter(included=included))
            if by_hand:
                found[f"{segment.slug}--{name}"] = {"static": by_hand}
                listed = {"segment": f"{segment.slug}--{name}", "op": "in"}
                rule = {"any": [rule, listed]} if included else {"all": [rule, {"not": listed}]}
        found[segment.slug] = {"rule": rule}
    return found


def _listed(rows: Any) -> list[str]:
    return [str(contact) for contact in rows.values_list("contact_id", flat=True)]


def _contacts(ids: Sequence[int]) -> Iterator[Json]:
    done: dict[int, list[Json]] = defaultdict(list)
    rows = Interaction.objects.filter(contact_id__in=ids).order_by("id")
    for contact, kind, at, amount, currency, properties in rows.values_list(
        "contact_id", "kind", "at", "amount", "currency", "properties"
    ).iterator(chunk_size=5_000):
        known = {"currency": currency} if currency else {}
        if amount is not None:
            known["amount"] = str(amount.normalize())
        done[contact].append(
            {
                "contact": str(contact),
                "interaction": kind,
                "at": at.isoformat(),
                "properties": known | properties,
            }
        )
    history: dict[int, dict[str, list[Json]]] = defaultdict(lambda: defaultdict(list))
    changes = ContactChange.objects.filter(contact_id__in=ids).order_by("at", "id")
    for contact, at, changed in changes.values_list("contact_id", "at", "changes"):
        for name, (_, after) in changed.items():
            history[contact][name].append({"at": at.isoformat(), "value": after})
    built_in: dict[int, Json] = defaultdict(dict)
    for contact, kind, value in Identifier.objects.filter(contact_id__in=ids).values_list(
        "contact_id", "kind", "value"
    ):
        built_in[contact].setdefault(kind, []).append(value)
    for person in Contact.objects.filter(pk__in=ids).order_by("pk"):
        names = {"first_name": person.first_name, "last_name": person.last_name}
        yield {
            "id": str(person.pk),
            "attributes": {**names, **built_in[person.pk], **person.attributes},
            "history": history[person.pk],
            "interactions": done[person.pk],
        }
