from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest

from config.demo import loading, service, story
from config.demo.events import World
from config.demo.people import make_people
from config.demo.twins import TWINS
from crm.domain.roles import Role
from crm.models import (
    Consent,
    ConsentEntry,
    Contact,
    Duplicate,
    Identifier,
    Interaction,
    Merge,
    Task,
    User,
)

AS_OF = datetime(2026, 3, 15, 12, tzinfo=UTC)


def happenings(contacts: int, seed: int = 1):
    rng = np.random.default_rng(seed)
    people = make_people(contacts, rng=rng, as_of=AS_OF)
    return people, loading._happenings(World(people, AS_OF, rng))[0]


def test_the_same_seed_makes_the_same_company():
    assert happenings(40) == happenings(40)
    assert happenings(40)[0] != happenings(40, seed=2)[0]


def test_it_is_believable():
    people, events = happenings(1_500)
    kinds = Counter(event.kind for event in events)
    assert 20 < len(events) / len(people) < 40
    assert kinds["page_view"] > kinds["purchase"] > kinds["ticket"] > 0
    assert all(before.at <= after.at for before, after in pairwise(events))
    assert events[-1].at <= AS_OF.timestamp() * 1_000_000
    assert len({person.email for person in people if person.email}) == sum(bool(p.email) for p in people)
    months = Counter(
        datetime.fromtimestamp(e.at / 1e6, UTC).month for e in events if e.kind == "purchase" and e.cents
    )
    assert months[12] > 1.5 * months[2], "Christmas is felt"


@pytest.mark.django_db
def test_it_loads_and_tells_its_year(settings, tmp_path):
    from campaigns.models import Campaign, Goal, GoalPoint
    from segments.models import MembershipChange, Playbook, Segment, SegmentSize, Vote

    settings.MIRROR_DIR = tmp_path / "mirror"
    loading.load_customers(contacts=120, seed=1, as_of=AS_OF)
    story.tell(as_of=AS_OF)
    service.serve(as_of=AS_OF)

    assert Contact.objects.living().count() == 120 + TWINS - 1
    assert Duplicate.objects.filter(dismissed_at__isnull=True).count() >= TWINS - 1
    assert Merge.objects.count() == 1
    assert Interaction.objects.filter(at__gt=AS_OF).count() == 0
    assert Identifier.objects.filter(kind="external_id").count() == 120
    assert {user.role for user in User.objects.all()} == set(Role)
    latest = {}
    for entry in ConsentEntry.objects.order_by("at", "id"):
        latest[entry.contact_id, entry.channel, entry.purpose] = entry.granted
    assert latest == {(c.contact_id, c.channel, c.purpose): c.granted for c in Consent.objects.all()}

    assert Segment.objects.count() == 19
    assert not Segment.objects.exclude(problem="").exists()
    assert SegmentSize.objects.count() > 16 * 50
    assert MembershipChange.objects.filter(entered=False).exists()
    assert Campaign.objects.filter(state="approved").count() == 2
    assert Goal.objects.count() == 6
    assert GoalPoint.objects.count() > 300
    assert Playbook.objects.filter(current=True).count() == len(service.BOOKS)
    assert Vote.objects.filter(right=False).exists()
    assert Task.objects.exists()
