"""Two customers made one: which value of each attribute stays, and what is said of every consent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.domain.search import tag_term

SURVIVOR, MERGED, BOTH = "survivor", "merged", "both"
SIDES = (SURVIVOR, MERGED, BOTH)
MERGED_FROM = "merge of customer "  # begins the source of the change of a merge; the number follows
UNDONE = "merge undone"  # the source of what an undoing changed
NAME, COMPANY = "name", "company"  # the parts of a profile that are no attributes
MISSING: tuple[Any, ...] = (None, "", [])


class BadChoice(ValueError):
    """This cannot be chosen; the text says what can, `part` names where."""

    def __init__(self, sentence: str, part: str) -> None:
        super().__init__(sentence)
        self.part = part


@dataclass(frozen=True)
class Known:
    """What one of the two has: the value, since when and from where it is known."""

    value: Any
    at: datetime
    source: str = ""

    @property
    def missing(self) -> bool:
        """True where there is nothing."""
        return self.value in MISSING or self.value == ("", "")


@dataclass(frozen=True)
class Line:
    """One part of the profile on both sides, and what becomes of it: `chosen` of `choices`, giving `result`."""

    survivor: Known
    merged: Known
    choices: tuple[str, ...]
    chosen: str
    result: Any

    @property
    def differs(self) -> bool:
        """True where both know something, and not the same."""
        return len(self.choices) > 1


def line_of(survivor: Known, merged: Known, chosen: str | None, *, part: str, folded: bool = False) -> Line:
    """What becomes of one part. By default the newer value stays, and lists are joined. Raises `BadChoice`."""
    if merged.missing or survivor.value == merged.value:
        choices: tuple[str, ...] = (SURVIVOR,)
    elif survivor.missing:
        choices = (MERGED,)
    elif isinstance(survivor.value, list) and isinstance(merged.value, list):
        choices = (BOTH, SURVIVOR, MERGED)
    else:
        choices = (MERGED, SURVIVOR) if merged.at > survivor.at else (SURVIVOR, MERGED)
    if chosen is not None and chosen not in SIDES:
        raise BadChoice(f"Choose one of: {', '.join(SIDES)}.", part)
    if chosen == BOTH and len(choices) == 2:
        raise BadChoice("Only lists can be joined: choose ‘survivor’ or ‘merged’.", part)
    taken = chosen if chosen in choices else choices[0]
    return Line(
        survivor,
        merged,
        tuple(sorted(choices, key=SIDES.index)),
        taken,
        _result(survivor, merged, taken, folded),
    )


def joined(first: list[Any], second: list[Any], *, folded: bool = False) -> list[Any]:
    """Both lists, the first one's order before, nothing twice; `folded` compares as tags are compared."""
    same = (lambda item: tag_term(str(item))) if folded else str
    present = {same(item) for item in first}
    return first + [item for item in second if not (same(item) in present or present.add(same(item)))]  # type: ignore[func-returns-value]


def _result(survivor: Known, merged: Known, taken: str, folded: bool) -> Any:
    if taken == BOTH:
        return joined(list(survivor.value), list(merged.value), folded=folded)
    return (merged if taken == MERGED else survivor).value


@dataclass(frozen=True)
class Word:
    """What somebody said about a channel and purpose, and when."""

    granted: bool
    at: datetime


@dataclass(frozen=True)
class Answer:
    """What both said about a channel and purpose, and what counts then. `open`: a newer yes may be chosen."""

    channel: str
    purpose: str
    survivor: Word | None
    merged: Word | None
    result: Word
    open: bool

    @property
    def differs(self) -> bool:
        """True where one said yes and the other no."""
        return bool(self.survivor and self.merged and self.survivor.granted != self.merged.granted)


def answer_of(
    channel: str, purpose: str, survivor: Word | None, merged: Word | None, *, newer_yes: bool
) -> Answer | None:
    """What counts for one channel and purpose: a no stands, unless a newer yes was chosen. None: nobody said anything.

    So a merge never makes a newer no into a yes, and an older one only by a colleague's word.
    """
    words = [word for word in (survivor, merged) if word is not None]
    if not words:
        return None
    if len({word.granted for word in words}) == 1:
        return Answer(channel, purpose, survivor, merged, max(words, key=lambda word: word.at), open=False)
    no = next(word for word in words if not word.granted)
    yes = next(word for word in words if word.granted)
    may = yes.at > no.at
    return Answer(channel, purpose, survivor, merged, yes if may and newer_yes else no, open=may)


def answers_of(
    survivor: Mapping[tuple[str, str], Word],
    merged: Mapping[tuple[str, str], Word],
    chosen: Iterable[tuple[str, str]],
) -> list[Answer]:
    """What counts for each channel and purpose that either spoke of."""
    newer = set(chosen)
    found = (
        answer_of(*key, survivor.get(key), merged.get(key), newer_yes=key in newer)
        for key in sorted({*survivor, *merged})
    )
    return [answer for answer in found if answer is not None]
