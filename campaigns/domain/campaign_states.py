"""The states of a campaign, and which may follow which: one table."""

from __future__ import annotations

from dataclasses import dataclass

DRAFT, READY, APPROVED, ARCHIVED = "draft", "ready", "approved", "archived"


@dataclass(frozen=True)
class Step:
    """One change of state: the button's text, and whether it is an approval (its own permission)."""

    source: str
    goal: str
    label: str
    icon: str
    approval: bool = False
    needs_message: bool = False


# In the order of the buttons: the way on comes last.
STEPS: tuple[Step, ...] = (
    Step(DRAFT, ARCHIVED, "Archive", "trash"),
    Step(READY, ARCHIVED, "Archive", "trash"),
    Step(APPROVED, ARCHIVED, "Archive", "trash"),
    Step(READY, DRAFT, "Back to draft", "undo"),
    Step(APPROVED, DRAFT, "Back to draft", "undo"),
    Step(ARCHIVED, DRAFT, "Restore as draft", "undo"),
    Step(DRAFT, READY, "Ready for approval", "check", needs_message=True),
    Step(READY, APPROVED, "Approve", "check", approval=True, needs_message=True),
)

STATES = (DRAFT, READY, APPROVED, ARCHIVED)
# State -> (words, tone, icon)
LOOKS: dict[str, tuple[str, str, str]] = {
    DRAFT: ("Draft", "calm", "edit"),
    READY: ("Waits for approval", "warn", "clock"),
    APPROVED: ("Approved", "good", "check"),
    ARCHIVED: ("Archived", "calm", "trash"),
}


def step(source: str, goal: str) -> Step | None:
    """The change from one state to another, or None where there is none."""
    return next((found for found in STEPS if (found.source, found.goal) == (source, goal)), None)


def steps_from(source: str) -> tuple[Step, ...]:
    """What may follow a state."""
    return tuple(found for found in STEPS if found.source == source)
