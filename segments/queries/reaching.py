"""The rules of segments and of all they refer to, checked, and what becomes of those that cannot be evaluated."""

from __future__ import annotations

from collections.abc import Mapping

from segments.engine.language.check import Catalogue, check
from segments.engine.language.naming import quoted, segment_key
from segments.engine.language.refusals import Refused
from segments.engine.language.rules import Rule, segments_read


class _Checks:
    """The rules of the newest catalogue that were checked, so that the same ones are not checked with each change."""

    def __init__(self, known: Catalogue) -> None:
        self.known = known
        self.rules: dict[str, Rule] = {}


_checks = _Checks(Catalogue({}))


def _same(one: Catalogue, other: Catalogue) -> bool:
    """True if rules are read alike by both: the very same rules, as 1 and true are equal and not the same."""
    if one is other:
        return True
    return (
        (one.attributes, one.retired, one.segments, one.zone)
        == (other.attributes, other.retired, other.segments, other.zone)
        and one.rules.keys() == other.rules.keys()
        and all(one.rules[slug] is rule for slug, rule in other.rules.items())
    )


def checked(known: Catalogue, slug: str) -> Rule:
    """A segment's rule as the engine reads it; the same one in the same account is checked once. Raises `Refused`."""
    global _checks  # noqa: PLW0603 - one a process; another thread's is as good
    checks = _checks
    if not _same(checks.known, known):
        checks = _checks = _Checks(known)
    rule = checks.rules.get(slug)
    if rule is None:
        rule = checks.rules[slug] = check(known.rules[slug], known, slug=slug)
    return rule


class Reached:
    """The checked rules of the segments that were reached, and of others what is wrong with them.

    Of the latter some are `kept`: they were evaluated before, and to the rules that refer to them their members are
    the last good ones, as those of a list. Who refers to one that was never evaluated cannot be evaluated either.
    `rules` may hold some from the start.
    """

    def __init__(self, known: Catalogue, rules: Mapping[str, Rule] | None = None) -> None:
        self.known = known
        self.rules: dict[str, Rule] = dict(rules or {})
        self.problems: dict[str, str] = {}

    @property
    def kept(self) -> set[str]:
        """Those that cannot be evaluated now and keep members of before."""
        return {slug for slug in self.problems if slug in self.known.evaluated}

    def reach(self, slug: str) -> bool:
        """Check a segment's rule and those it refers to; False where who refers to it cannot be evaluated.

        It ends, as whoever is in a circle is refused before the rules it refers to are looked at.
        """
        if slug not in self.rules and slug not in self.problems:
            if slug in self.known.segments and self._is_list(slug):
                return True
            problem = self._problem(slug)
            if problem:
                self.problems[slug] = problem
        return slug not in self.problems or slug in self.known.evaluated

    def _is_list(self, slug: str) -> bool:
        return slug not in self.known.rules and slug not in self.known.unreadable

    def _problem(self, slug: str) -> str:
        """What is wrong with it; nothing where its rule is among those that can be evaluated now."""
        known = self.known
        if slug not in known.rules:
            return known.unreadable.get(slug, "Its rule cannot be read.")
        try:
            rule = checked(known, slug)
        except Refused as refused:
            return refused.problems[0].sentence
        for other in sorted(segments_read(rule)):
            if not self.reach(other):
                name = known.labels.get(segment_key(other), other)
                return f"It refers to {quoted(name)}, which cannot be evaluated: mend that one first."
        self.rules[slug] = rule
        return ""
