"""Why a rule cannot be saved: each problem with its place and a sentence a marketer understands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """`path` is where in the rule, as in `/all/1/value`; `sentence` says what is wrong and what to do."""

    path: str
    sentence: str


class Refused(ValueError):
    """The rule is not one of the language, or does not fit the account. Carries every problem found."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"{p.path or '/'}: {p.sentence}" for p in problems))
        self.problems = problems
