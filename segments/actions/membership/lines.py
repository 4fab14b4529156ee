"""Rows of the log that have most in common, as those who write them hand them over."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from segments.models import Membership, MembershipChange

Ids = npt.NDArray[np.int64]
Evidence = dict[str, Any] | None
MEMBERS, LOG = Membership._meta.db_table, MembershipChange._meta.db_table
COLUMNS = ("segment_id", "contact_id", "run_id", "at", "version", "entered", "cause", "evidence")


@dataclass(frozen=True)
class Because:
    """Why some contacts (rising) moved, all for the same: a cause and what shows it."""

    contacts: Ids
    cause: str
    evidence: Evidence

    def without(self, contacts: Collection[int]) -> Because:
        """The same but for some contacts."""
        if not contacts:
            return self
        others = np.setdiff1d(self.contacts, np.fromiter(contacts, np.int64), assume_unique=True)
        return replace(self, contacts=others)


@dataclass(frozen=True)
class Lines:
    """Rows of the log that have segment, version, way, instant (microseconds) and cause in common.

    `evidence` is that of each contact, in their order, or one that all share; none: nobody has any.
    """

    segment: int
    version: int
    contacts: Ids
    entered: bool
    at: int
    cause: str
    evidence: Sequence[Evidence] | Evidence = None

    @property
    def is_alike(self) -> bool:
        """True where all its contacts have the same evidence, or none."""
        return self.evidence is None or isinstance(self.evidence, dict)

    @property
    def shared(self) -> str | None:
        """The evidence that all share, as JSON."""
        return _json(self.evidence) if isinstance(self.evidence, dict) else None

    @property
    def shown(self) -> Sequence[str | None]:
        """The evidence of each contact as JSON."""
        if not isinstance(self.evidence, Sequence):
            return [self.shared] * len(self.contacts)
        return [_json(one) for one in self.evidence]


def _json(evidence: Evidence) -> str | None:
    return None if evidence is None else json.dumps(evidence, ensure_ascii=False)
