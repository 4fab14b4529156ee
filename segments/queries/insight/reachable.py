"""How many members of segments may be e-mailed offers: the same answer as the builder gives of a draft."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from crm.queries.accounts import account_zone
from segments.mirror import everyone
from segments.models import Segment
from segments.queries.building.reaching import reached
from segments.queries.insight.ground import Ids, among
from segments.queries.membership.packed import members_of


def emailed(*, as_of: datetime) -> Ids:
    """Everybody who has an address and agreed to offers by e-mail, rising."""
    return reached("email", contacts=everyone.now(rebuild=False), zone=account_zone(), as_of=as_of)


def within(segments: Sequence[Segment], people: Ids) -> dict[int, int]:
    """How many of these people are in each segment, by its key."""
    members = members_of(segments)
    return {one.pk: int(np.count_nonzero(among(members[one.pk], people))) for one in segments}


def mailable(segments: Sequence[Segment], *, as_of: datetime) -> dict[int, int]:
    """How many members of each segment may be e-mailed offers, by its key."""
    return within(segments, emailed(as_of=as_of))
