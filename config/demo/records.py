"""What Nordwand's marketers did to segments by hand and changed their minds about: versions, placements, lists."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from config.demo.groups import bought, spent
from crm.models import Contact, User
from segments.actions.building.saving import save_rule
from segments.actions.membership.fixed import Source, create_list, snapshot
from segments.actions.membership.placing import place, take_back
from segments.models import Filling, Membership, Segment, SegmentVersion

WEEK = timedelta(weeks=1)
# weeks ago -> segment, rule (none: the first one again), note
VERSIONS: dict[int, tuple[str, Any, str]] = {
    34: ("vip", spent(800, [1, "year"]), "Eight hundred, so that the winter camp fills"),
    21: ("vip", None, "The camp is full: back to a thousand, and Gold counts again"),
    16: ("new-buyers", {"interaction": "purchase", "pick": "first", "window": {"last": [30, "day"]}},
         "Thirty days, the length of the exchange"),
    9: ("new-buyers", None, "Exchange takes 100 days: sixty after all"),
    12: ("lapsing-loyal", {"all": [bought(5), bought(0, [60, "day"], "eq"), bought(1, [270, "day"])]},
         "Two months instead of three"),
    6: ("lapsing-loyal", None, "Two months called too many who were only between seasons"),
}  # fmt: skip


def change_rules(instant: datetime, *, as_of: datetime, by: User) -> None:
    """Save the versions that were saved in the week that ends with the instant."""
    weeks = round((as_of - instant) / WEEK)
    if weeks not in VERSIONS or abs(as_of - instant - weeks * WEEK) > timedelta(hours=1):
        return
    slug, rule, note = VERSIONS[weeks]
    segment = Segment.objects.get(slug=slug)
    restored = None
    document = {"version": 1, "rule": rule}
    if rule is None:
        restored, document = 1, SegmentVersion.objects.get(segment=segment, number=1).rule
    save_rule(
        segment=segment,
        rule=document,
        note=note,
        restored_from=restored,
        by=by,
        at=instant - timedelta(hours=2),
    )


def place_people(*, as_of: datetime, by: User) -> None:
    """Include and keep out a few, take one back, and fill lists from a snapshot and from a paste."""
    vip = Segment.objects.get(slug="vip")
    members = _ids(Membership.objects.filter(segment=vip), 3)
    others = list(
        Contact.objects.living()
        .exclude(pk__in=Membership.objects.filter(segment=vip).values("contact_id"))
        .order_by("pk")
        .values_list("pk", flat=True)[40:43]
    )
    at = as_of - timedelta(hours=3)
    for people, included, reason, until in (
        (others[:1], True, "Leads the alpine club: decides for forty people", None),
        (others[1:2], True, "Tests boots for us this winter", as_of + timedelta(days=90)),
        (members[:1], False, "Buys for a shop of his own, asked for no VIP mail", None),
        (
            members[1:2],
            False,
            "Complaint about the last VIP evening, leave in peace",
            as_of + timedelta(days=60),
        ),
        (others[2:], True, "Was promised the early evening by mistake", None),
    ):
        place(segment=vip, contacts=people, included=included, reason=reason, until=until, by=by, at=at)
    take_back(segment=vip, contacts=others[2:], by=by, at=as_of - timedelta(hours=1))
    snapshot(segment=vip, name="VIP at the start of the season", as_of=as_of - 8 * WEEK, by=by, at=as_of)
    create_list(
        name="Winter camp, waiting list",
        contacts=_ids(Membership.objects.filter(segment__slug="ski-tourers"), 25),
        source=Source(
            Filling.FILE,
            "waiting-list.csv, E-mail",
            27,
            [(9, "anna.huber@example"), (22, "ring me 0664 5550")],
        ),
        description="In the order of their letters; two lines of the file could not be read.",
        by=by,
        at=as_of,
    )


def _ids(members: Any, most: int) -> list[int]:
    return list(members.order_by("contact_id").values_list("contact_id", flat=True)[:most])
