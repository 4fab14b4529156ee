"""Which saved segments moved whom in a segment that reads them: told by who moved there in the same run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segments.actions.membership.lines import Because
from segments.engine.language.rules import Rule, segments_read
from segments.models import MembershipChange

Ids = npt.NDArray[np.int64]
MOST = 62  # ways from saved segments to one that are told apart: a bit each


@dataclass
class Origins:
    """Rules, the versions of those that were saved, and who moved in this run, rising; all by slug."""

    rules: Mapping[str, Rule]
    saved: Mapping[str, int]
    moved: Mapping[str, Ids]

    def because(self, slug: str) -> list[Because]:
        """Why the contacts moved who moved in a saved segment as well: those with the same ways from there together.

        Of a chain everybody in it moved. What saved the segments at its end is told by their own log.
        """
        ways = sorted(self._ways(slug).items())[:MOST]
        mine = self.moved.get(slug, np.zeros(0, np.int64))
        codes = np.zeros(len(mine), np.int64)
        for place, (_, contacts) in enumerate(ways):
            codes[np.isin(mine, contacts, assume_unique=True)] |= 1 << place
        found = []
        for code in np.unique(codes[codes > 0]).tolist():
            taken = [way for place, (way, _) in enumerate(ways) if code >> place & 1]
            roots = sorted({root for _, root in taken})
            evidence: dict[str, object] = {
                "segments": roots,
                "versions": [self.saved[root] for root in roots],
            }
            if through := sorted({read for read, root in taken if read != root}):
                evidence["through"] = through
            found.append(Because(mine[codes == code], MembershipChange.SEGMENT, evidence))
        return found

    def _ways(self, slug: str) -> dict[tuple[str, str], Ids]:
        """By the segment that its rule names and the saved one from which it came: who moved in all of that chain."""
        found = {}
        for read in segments_read(self.rules[slug]) & self.moved.keys():
            for root, contacts in self._roots(read).items():
                both = np.intersect1d(contacts, self.moved[slug], assume_unique=True)
                if len(both):
                    found[read, root] = both
        return found

    def _roots(self, slug: str) -> dict[str, Ids]:
        if slug in self.saved:
            return {slug: self.moved[slug]}
        found: dict[str, Ids] = {}
        for (_, root), contacts in self._ways(slug).items():
            found[root] = np.union1d(found[root], contacts) if root in found else contacts
        return found
