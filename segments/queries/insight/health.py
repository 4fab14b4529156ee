"""What is the matter with segments: marks for the list and the segment's page, each with what to do about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache

from crm.kit.figures import figure, percent, share
from segments.engine.language.canonical import fingerprint
from segments.engine.language.naming import quoted
from segments.engine.language.parse import parse_document
from segments.engine.language.refusals import Refused
from segments.engine.statistics import bits
from segments.engine.statistics.drifting import drift_of
from segments.engine.statistics.overlap import jaccard, near_twins
from segments.models import Segment
from segments.queries.insight.overlapping import NEARLY_SAME
from segments.queries.insight.reachable import emailed, within
from segments.queries.membership import packed
from segments.queries.membership.sizes import sizes_since
from segments.queries.segments import Health, health_of, references
from segments.queries.service.votes import in_review
from segments.uses import used_segments

MOST = 1_000  # segments looked at
KEY, KEPT_SECONDS = "segments.health", 60
USUAL_DAYS = 60
STALE_AFTER = timedelta(days=1)
REACHED = 0.02  # of fewer who may be e-mailed, a segment is hardly reachable
IN_REVIEW = "Its accuracy by votes is in doubt. Read the reasons under Feedback and decide."
NAMES = {
    "problem": "Not counted",
    "leaning": "Built on old members",
    "empty": "Empty",
    "stale": "Out of date",
    "drifting": "Drifting",
    "twin": "Near-duplicate",
    "unreachable": "Hardly reachable",
    "unused": "Unused",
    "review": "In review",
}


@dataclass(frozen=True)
class Mark:
    """One thing that is the matter: its kind (a key of `NAMES`), tone, icon, short words, and what to do."""

    kind: str
    tone: str
    icon: str
    words: str
    advice: str
    other: str = ""  # the slug of the segment it is about


def marks(*, at: datetime) -> dict[int, list[Mark]]:
    """The marks of every segment in use that has any, by key, the worst first; kept for a minute."""
    found = cache.get(KEY)
    if found is None:
        found = _work_out(at)
        cache.set(KEY, found, KEPT_SECONDS)
    return found


def worst_known(segment: Segment, *, at: datetime) -> Health:
    """How a segment is, for the head of its pages: the worst mark known by now, and a review; one query.

    Marks are worked out for lists and the health card; a page does not wait for them.
    """
    own = health_of(segment, at=at)
    if own.tone != "good":
        return own
    known = [*(cache.get(KEY) or {}).get(segment.pk, [])]
    if segment.pk in in_review([segment.pk]):
        return Health("warn", "eye", NAMES["review"], IN_REVIEW)
    return next(
        (Health(one.tone, one.icon, one.words, one.advice) for one in known if one.kind != "review"), own
    )


def _work_out(at: datetime) -> dict[int, list[Mark]]:
    live = list(Segment.objects.live().order_by("-size", "pk")[:MOST])
    found: defaultdict[int, list[Mark]] = defaultdict(list)
    for segment in live:
        for mark in _of_itself(segment, at):
            found[segment.pk].append(mark)
    for tell in (_leaning, _drifting, _twins, _unreachable, _unused, _reviewed):
        for pk, mark in tell(live, at):
            found[pk].append(mark)
    return dict(found)


def _of_itself(segment: Segment, at: datetime) -> list[Mark]:
    if segment.problem:
        return [Mark("problem", "bad", "alert", NAMES["problem"], segment.problem)]
    if segment.evaluated_at is None:
        return []
    made = []
    if segment.size == 0:
        advice = "Nobody matches. Loosen the rule or archive the segment."
        made.append(Mark("empty", "warn", "alert", NAMES["empty"], advice))
    if segment.kind == Segment.DYNAMIC and at - segment.evaluated_at > STALE_AFTER:
        advice = "The last count is more than a day old: is the worker at work?"
        made.append(Mark("stale", "warn", "clock", NAMES["stale"], advice))
    return made


def _leaning(live: Sequence[Segment], at: datetime) -> list[tuple[int, Mark]]:
    """Those whose rule names a red segment: its last good members count in theirs."""
    red = {one.slug: one for one in live if one.problem and one.evaluated_at}
    made = []
    for segment in live if red else ():
        for slug in sorted(references(segment.rule) & red.keys()) if not segment.problem else ():
            advice = (
                f"It refers to {quoted(red[slug].name)}, which cannot be evaluated. Until that one is mended, its "
                "last good members count here."
            )
            made.append((segment.pk, Mark("leaning", "warn", "alert", NAMES["leaning"], advice)))
    return made


def _drifting(live: Sequence[Segment], at: datetime) -> list[tuple[int, Mark]]:
    dynamic = [one for one in live if one.kind == Segment.DYNAMIC]
    known = sizes_since([one.pk for one in dynamic], (at - timedelta(days=USUAL_DAYS)).date())
    made = []
    for segment in dynamic:
        before = [day.size for day in known.get(segment.pk, []) if day.on < at.date()]
        drift = drift_of(before, segment.size)
        if drift is not None and segment.size:
            way = "more" if drift.change > 0 else "fewer"
            advice = (
                f"{figure(segment.size)} members, where {figure(drift.usual)} would be usual: "
                f"{percent(abs(drift.change), 0)} {way}. Look at entries and exits, and at the newest import."
            )
            made.append((segment.pk, Mark("drifting", "warn", "alert", NAMES["drifting"], advice)))
    return made


def _twins(live: Sequence[Segment], at: datetime) -> list[tuple[int, Mark]]:
    members = packed.inside(live).bits
    groups = bits.table([members[one.pk] for one in live])
    sizes = bits.counts(groups).tolist()
    pairs: dict[tuple[int, int], str] = {}
    for one, other, both in near_twins(groups, NEARLY_SAME):
        alike = jaccard(both, sizes[one], sizes[other])
        pairs[min(one, other), max(one, other)] = f"{percent(alike, 1)} the same people as"
    prints: defaultdict[str, list[int]] = defaultdict(list)
    for place, segment in enumerate(live):
        if (print_ := _fingerprint(segment)) is not None:
            prints[print_].append(place)
    for places in prints.values():
        for index, one in enumerate(places):
            for other in places[index + 1 :]:
                pairs[one, other] = "The same rule as"
    made = []
    for (one, other), words in pairs.items():
        for mine, theirs in ((one, other), (other, one)):
            advice = f"{words} {quoted(live[theirs].name)}. Keep the one that is used."
            mark = Mark("twin", "warn", "copy", NAMES["twin"], advice, live[theirs].slug)
            made.append((live[mine].pk, mark))
    return made


def _fingerprint(segment: Segment) -> str | None:
    if segment.kind != Segment.DYNAMIC:
        return None
    try:
        return fingerprint(parse_document(segment.rule))
    except Refused:
        return None


def _unreachable(live: Sequence[Segment], at: datetime) -> list[tuple[int, Mark]]:
    allowed = emailed(as_of=at)
    if not len(allowed):
        return []  # the account keeps no consent: nothing can be said
    numbers = within(live, allowed)
    made = []
    for segment in live:
        number = numbers[segment.pk]
        if segment.size and number <= REACHED * segment.size:
            advice = (
                f"{figure(number)} of {figure(segment.size)} ({share(number, segment.size)}) "
                "have an address and agreed to offers by e-mail. "
                "A campaign by e-mail reaches hardly anybody: ask for consent, or choose another channel."
            )
            made.append((segment.pk, Mark("unreachable", "bad", "mail", NAMES["unreachable"], advice)))
    return made


def _unused(live: Sequence[Segment], at: datetime) -> list[tuple[int, Mark]]:
    used = used_segments()
    named = {slug for one in live if one.kind == Segment.DYNAMIC for slug in references(one.rule)}
    advice = (
        "No campaign, goal or segment uses it, and it is no badge. Use it, or archive it: nothing is lost."
    )
    return [
        (one.pk, Mark("unused", "calm", "flat", NAMES["unused"], advice))
        for one in live
        if one.pk not in used and one.slug not in named and not one.shown_as_badge
    ]


def _reviewed(live: Sequence[Segment], at: datetime) -> list[tuple[int, Mark]]:
    return [
        (pk, Mark("review", "warn", "eye", NAMES["review"], IN_REVIEW))
        for pk in in_review([one.pk for one in live])
    ]
