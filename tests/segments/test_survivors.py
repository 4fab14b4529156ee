"""Who people of the past are today: those they were merged into, each once, in their order."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from crm.models import Contact
from segments.queries.membership.past import survivors

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ([], []),
        ([0, 3], [0, 3]),  # nobody was merged
        ([0, 1], [0]),  # into one who was there as well
        ([1], [0]),
        ([2, 4], [4]),
        ([2, 3], [3, 4]),  # into one who was not
        ([1, 2, 3, 5], [0, 3, 4]),  # two into one, one into another
    ],
)
def test_in_place_of_merged_ones_stand_those_they_were_merged_into(
    contact: Callable[..., Contact], then: list[int], now: list[int]
) -> None:
    people = [contact(f"P{one}").pk for one in range(6)]
    for merged, into in ((1, 0), (2, 4), (5, 4)):
        Contact.objects.filter(pk=people[merged]).update(merged_into=people[into])
    ids = np.array([people[one] for one in then], np.int64)
    assert survivors(ids).tolist() == [people[one] for one in now]
