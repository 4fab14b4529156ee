"""The judge is only as good as the faults it sees: each one seeded in the engine must be noticed."""

import pytest

from tests.reference.faults import CONTROL, FAULTS, Fault
from tests.reference.mutations import EXAMPLES, answered, seen_after

pytestmark = [pytest.mark.slow, pytest.mark.timeout(0)]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_seeded_fault_is_seen(fault: Fault) -> None:
    """With a fault in it, the engine disagrees with the judge on some drawn case."""
    assert seen_after(fault, answered(EXAMPLES)).startswith("seen ")


def test_without_a_fault_nothing_is_seen() -> None:
    """The engine as it is agrees on just as many cases."""
    assert seen_after(CONTROL, answered(EXAMPLES)).startswith("NOT SEEN")
