"""What is known of those who move because their placement by hand came to its end."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from segments.actions.membership.lines import Evidence
from segments.models import MembershipChange, Placement
from segments.queries.membership.placements import told_of

Ids = npt.NDArray[np.int64]


def ends(placements: Mapping[int, Placement], entered: Ids, left: Ids) -> dict[int, tuple[str, Evidence]]:
    """By contact the cause and what shows it, of those included who leave and those kept out who come in.

    Whatever else changed of them meanwhile: as long as they were placed, nothing moved them.
    """
    found: dict[int, tuple[str, Evidence]] = {}
    for included, moved in ((True, left), (False, entered)):
        mine = [pk for pk, row in placements.items() if row.included == included]
        for place in np.flatnonzero(np.isin(np.array(mine, np.int64), moved)).tolist():
            found[mine[place]] = MembershipChange.TIME, told_of(placements[mine[place]])
    return found
