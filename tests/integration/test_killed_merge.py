"""kill -9 anywhere in a merge, or in its undoing, leaves two customers or one, never a half; asked again it is done."""

from __future__ import annotations

import signal

import pytest

from tests.integration.conftest import House
from tests.integration.test_killed import KILL, Forks

pytestmark = [pytest.mark.integration, pytest.mark.timeout(900)]

MAKE = """
from datetime import timedelta
from crm.actions import consents, notes
from crm.actions.merging.merging import merge
from crm.actions.recording import record_interactions
from crm.domain.interaction_items import ContactKey, InteractionItem
from crm.kit.clock import now
from crm.models import AttributeDefinition, Contact, Identifier, User
from segments.actions.building.saving import create_segment
from segments.actions.membership.fixed import create_list
from segments.actions.membership.placing import place
at = now() - timedelta(minutes=5)
by = User.objects.create_user("a@facet.example", "correct horse battery", name="A", role="administrator")
AttributeDefinition.objects.create(name="city", label="City", type="text")
one, other, earlier = (
    Contact.objects.create(first_name=name, attributes=known)
    for name, known in (("Ann", {"city": "Graz"}), ("Anna", {}), ("Annie", {}))
)
for contact in (one, other, earlier):
    Identifier.objects.create(contact=contact, kind="external_id", value=contact.first_name, shown="X")
    record_interactions(
        items=[
            InteractionItem(contact=ContactKey("id", str(contact.pk), str(contact.pk)), kind="call", at=at, amount=None,
                            currency="", properties={}, source="x", message_id=f"{contact.pk}-{n}")
            for n in range(3)
        ],
        origin="test", by=by, at=at,
    )
    notes.add(contact=contact, body="Hello", by=by, at=at)
    consents.record(contact=contact, channel="email", purpose="offers", granted=True, given_at=at, source="x",
                    by=by, at=at)
merge(survivor=other.pk, merged=earlier.pk, by=by, at=at)
rule = {"interaction": "call", "window": {"last": [1, "day"]}, "measure": {"fn": "count"}, "op": "gte", "value": 7}
often = create_segment(name="Often", rule={"version": 1, "rule": rule}, by=by, at=at)
rule = {"attribute": "city", "op": "is", "value": "Graz"}
create_segment(name="Graz", rule={"version": 1, "rule": rule}, by=by, at=at)
create_list(name="Listed", contacts=[other.pk], by=by, at=at)
place(segment=often, contacts=[other.pk], included=True, reason="A friend", until=None, by=by, at=at)
"""
SWEEP = """
from crm.kit.clock import now
from crm.kit.processes import this_worker
from segments.actions.running.recomputing import recompute
assert recompute(cause="schedule", as_of=now, worker=this_worker()) is not None
"""
# Every row of every table by name: so whatever a half would leave is seen.
ROWS = """
import json
from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
print(json.dumps({
    model._meta.label: sorted(json.dumps(row, cls=DjangoJSONEncoder, sort_keys=True) for row in model._base_manager.values())
    for app in ("crm", "segments", "campaigns") for model in apps.get_app_config(app).get_models()
}))
"""
MERGE = """
from crm.actions.merging.merging import merge
from crm.kit.clock import now
from crm.models import Contact, User
one, other, _ = Contact.objects.order_by("pk")
merge(survivor=one.pk, merged=other.pk, by=User.objects.get(), at=now())
"""
UNDO = """
from crm.actions.merging.undoing import undo
from crm.kit.clock import now
from crm.models import Contact, Merge, User
undo(merge=Merge.objects.get(survivor=Contact.objects.order_by("pk").first()), by=User.objects.get(), at=now())
"""
JUDGE = """
from crm.kit.clock import now
from crm.kit.processes import this_worker
from segments.actions.running.judging import judge_changed
judge_changed(clock=now, worker=this_worker())
"""
STATE = """
import json
from crm.models import Consent, Contact, ContactTouch, Interaction, Merge, Note
from segments.models import Membership, MembershipChange
names = dict(zip(Contact.objects.order_by("pk").values_list("pk", flat=True), ("Ann", "Anna", "Annie")))
inside = {}
for segment, contact, entered in MembershipChange.objects.order_by("pk").values_list(
    "segment__slug", "contact_id", "entered"
):
    contact = names[contact]
    there = inside.setdefault(segment, set())
    assert entered != (contact in there), "twice"
    (there.add if entered else there.discard)(contact)
rows = {}
for segment, contact in Membership.objects.values_list("segment__slug", "contact_id"):
    rows.setdefault(segment, set()).add(names[contact])
assert rows == {segment: there for segment, there in inside.items() if there}, "the log does not replay"
def count(model):
    return {name: model.objects.filter(contact=key).count() for key, name in names.items()}
into = {names[key]: names.get(other) for key, other in Contact.objects.values_list("pk", "merged_into")}
print(json.dumps({
    "members": {segment: sorted(there) for segment, there in rows.items()},
    "interactions": count(Interaction), "notes": count(Note), "consents": count(Consent), "into": into,
    "open": Merge.objects.filter(undone_at=None).count(), "touches": ContactTouch.objects.count(),
}))
"""
COMMIT = "django.db.backends.base.base.BaseDatabaseWrapper._commit"
MERGE_PLACES = (
    "after crm.actions.merging.merging.lock_both",
    "before crm.actions.merging.merging.move",
    "after crm.actions.merging.merging.move",
    "after segments.actions.membership.merging.leave_everything",
    "after segments.actions.membership.merging.write_moves",
    "after crm.actions.merging.merging._take_over",
    "after crm.actions.merging.merging.rebuild_search_terms",
    "after crm.actions.merging.merging.mark",
    "after crm.actions.auditing.record",
    f"before {COMMIT}",
)
UNDO_PLACES = (
    "after crm.actions.merging.undoing.lock_both",
    "before crm.actions.merging.undoing._part_rows",
    "after crm.actions.merging.undoing.move_back",
    "after segments.actions.membership.merging.write_moves",
    "after crm.actions.merging.undoing._part_rows",
    "before crm.actions.merging.undoing.tell",
    "after crm.actions.auditing.record",
    f"before {COMMIT}",
)


@pytest.fixture
def forks(house: House):
    made = Forks(house)
    yield made
    made.close()


def killed(forks: Forks, place: str, work: str) -> None:
    how = forks.ended(f"{KILL.format(place=place)}\n{work}")
    assert how == -signal.SIGKILL, (place, how, forks.said.read_text())


def test_killed_anywhere_two_are_two_or_one(forks: Forks) -> None:
    forks.run(MAKE)
    forks.run(SWEEP)
    two = forks.run(STATE)
    assert two["members"] == {"graz": ["Ann"], "listed": ["Anna"], "often": ["Anna"]}
    assert two["interactions"] == {"Ann": 3, "Anna": 6, "Annie": 0}
    for work, places in ((MERGE, MERGE_PLACES), (UNDO, UNDO_PLACES)):
        before = forks.run(ROWS)
        for place in places:
            killed(forks, place, work)
            after = forks.run(ROWS)
            assert after == before, (place, [name for name in before if before[name] != after[name]])
        killed(forks, f"after {COMMIT}", work)
        forks.run(f"{work}\n{work}")  # it was done: asked again, and once more, nothing more happens
        forks.run(JUDGE)
        state = forks.run(STATE)
        assert state["touches"] == 0
        if work == MERGE:
            assert state["members"] == {"graz": ["Ann"], "listed": ["Ann"], "often": ["Ann"]}
            assert state["interactions"] == {"Ann": 9, "Anna": 0, "Annie": 0}
            assert state["notes"] == {"Ann": 3, "Anna": 0, "Annie": 0}
            assert state["consents"] == {"Ann": 1, "Anna": 0, "Annie": 0}
            assert state["into"] == {"Ann": None, "Anna": "Ann", "Annie": "Ann"}
            assert state["open"] == 2
    assert state == two | {"open": 1}
    forks.run(SWEEP)
    assert forks.run(STATE) == two | {"open": 1}
