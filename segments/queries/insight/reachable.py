"""How many members of segments may be e-mailed offers: the same answer as the builder gives of a draft."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crm.queries.accounts import account_zone
from segments.engine.statistics import bits
from segments.engine.statistics.bits import Ids
from segments.mirror import everyone
from segments.models import Segment
from segments.queries.building.reaching import reached
from segments.queries.membership.packed import inside


def emailed(*, as_of: datetime) -> Ids:
    """Everybody who has an address and agreed to offers by e-mail, rising."""
    return reached("email", contacts=everyone.now(rebuild=False), zone=account_zone(), as_of=as_of)


def within(segments: Sequence[Segment], people: Ids) -> dict[int, int]:
    """How many of these people are in each segment, by its key."""
    members = inside(segments).bits
    rows = bits.table([members[one.pk] for one in segments])
    numbers = bits.counts(rows & bits.like(people, rows)).tolist()
    return dict(zip((one.pk for one in segments), numbers, strict=True))


def mailable(segments: Sequence[Segment], *, as_of: datetime) -> dict[int, int]:
    """How many members of each segment may be e-mailed offers, by its key."""
    return within(segments, emailed(as_of=as_of))
