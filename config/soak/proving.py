"""The proof after a soak: memberships, the log and every accepted change, each against another source."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any

from config.soak import judging, settling
from config.soak.changes import ATTRIBUTES, INTERACTION, Change, Ledger
from config.soak.company import SOURCE
from crm.actions.importing.happenings import SOURCE as IMPORTED
from crm.kit.clock import now
from crm.kit.processes import this_worker
from crm.models import Contact, ContactChange, Interaction
from segments.actions.running.reconciling import reconcile
from segments.models import Membership, MembershipChange, Run, Segment

SHOWN = 5


@dataclass
class Proof:
    """One thing that had to be true: what was looked at, and what is wrong, in sentences."""

    what: str
    looked_at: str
    wrong: list[str] = field(default_factory=list)


def members_by_segment() -> dict[str, set[int]]:
    """Who is in which segment, by slug."""
    found: dict[str, set[int]] = {slug: set() for slug in Segment.objects.values_list("slug", flat=True)}
    for slug, contact in Membership.objects.values_list("segment__slug", "contact_id").iterator(10_000):
        found[slug].add(contact)
    return found


def against_judge(as_of: datetime) -> Proof:
    """Memberships equal what the independent evaluator finds as of the instant of the last sweep.

    Where only the installed product is there and no checkout, the engine itself judges a fresh reading instead.
    """
    if not judging.there():
        return _against_fresh_reading()
    began = monotonic()
    said = judging.verdicts(as_of)
    proof = Proof(
        "Memberships equal the independent evaluator’s",
        f"{sum(map(len, said.values())):,} memberships of {len(said)} segments, judged in {monotonic() - began:.0f} s",
    )
    held = members_by_segment()
    for slug, expected in sorted(said.items()):
        missing, extra = expected - held[slug], held[slug] - expected
        if missing or extra:
            lacking = f"{len(missing)} missing {sorted(missing)[:SHOWN]}"
            proof.wrong.append(f"{slug}: {lacking}, {len(extra)} too many {sorted(extra)[:SHOWN]}")
    return proof


def _against_fresh_reading() -> Proof:
    found = reconcile(clock=now, worker=this_worker())
    proof = Proof("Memberships equal a fresh evaluation by the engine (the independent one is not here)", "")
    if found is None:
        proof.wrong.append("a run is still at work, so nothing could be compared")
    else:
        proof.looked_at = f"{found.memberships:,} memberships of {found.segments} segments"
        proof.wrong += [drift.sentence() for drift in found.drifts]
    return proof


def log_replays() -> Proof:
    """The log, read from its beginning, leads to the very members; nobody enters twice or leaves twice."""
    inside: dict[int, set[int]] = defaultdict(set)
    twice: Counter[str] = Counter()
    rows = MembershipChange.objects.order_by("id").values_list("segment_id", "contact_id", "entered")
    number = 0
    for segment, contact, entered in rows.iterator(20_000):
        number += 1
        if entered == (contact in inside[segment]):
            twice["entered twice" if entered else "left without being in"] += 1
        (inside[segment].add if entered else inside[segment].discard)(contact)
    proof = Proof("The log replays to the same members", f"{number:,} lines")
    proof.wrong += [f"{count} {what}" for what, count in twice.items()]
    held: dict[int, set[int]] = defaultdict(set)
    for segment, contact in Membership.objects.values_list("segment_id", "contact_id").iterator(10_000):
        held[segment].add(contact)
    for segment in sorted(inside.keys() | held.keys()):
        if inside[segment] != held[segment]:
            differ = len(inside[segment] ^ held[segment])
            proof.wrong.append(f"segment {segment}: the log differs from the members in {differ}")
    return proof


def sizes_true() -> Proof:
    """The size that each segment tells is the number of its members."""
    proof = Proof("Sizes told are the members counted", f"{Segment.objects.count()} segments")
    held = members_by_segment()
    for slug, size in Segment.objects.values_list("slug", "size"):
        if size != len(held[slug]):
            proof.wrong.append(f"{slug} says {size:,} and has {len(held[slug]):,}")
    return proof


def changes_there(ledger: Ledger, contacts: list[int]) -> Proof:
    """Every accepted change is there once, as it was sent; nothing is there that was not sent."""
    accepted, unknown = ledger.accepted, ledger.unknown
    proof = Proof("Every accepted change is there exactly once", f"{len(accepted):,} changes")
    proof.wrong += ledger.wrong[:SHOWN]
    if len(ledger.wrong) > SHOWN:
        proof.wrong.append(f"… and {len(ledger.wrong) - SHOWN:,} more")
    happened: Counter[int] = Counter()
    spoilt = 0
    rows = Interaction.objects.filter(source__in=(SOURCE, IMPORTED)).values_list(
        "message_id", "contact_id", "kind", "at", "amount"
    )
    for message, contact, kind, at, amount in rows.iterator(20_000):
        change = accepted.get(int(message)) or unknown.get(int(message))
        happened[int(message)] += 1
        spoilt += change is not None and not _is(change, contacts, contact, kind, at, amount)
    written: Counter[int] = Counter()
    logged = ContactChange.objects.filter(source__startswith="api:").values_list("changes", flat=True)
    for changed in logged.iterator(chunk_size=20_000):
        if "number" in changed:
            written[int(changed["number"][1])] += 1
    for kind, there in ((INTERACTION, happened), (ATTRIBUTES, written)):
        sent = {number for number, change in accepted.items() if change.kind == kind}
        may = {number for number, change in unknown.items() if change.kind == kind}
        lost, strange = sent - there.keys(), there.keys() - sent - may
        doubled = [number for number, count in there.items() if count > 1]
        for words, found in (("lost", lost), ("never accepted", strange), ("doubled", doubled)):
            if found:
                proof.wrong.append(f"{len(found):,} {kind} {words}: {sorted(found)[:SHOWN]}")
    if spoilt:
        proof.wrong.append(f"{spoilt:,} interactions are not what was sent")
    proof.wrong += _last_values(ledger, contacts)
    return proof


def _is(change: Change, contacts: list[int], contact: int, kind: str, at: datetime, amount: Any) -> bool:
    sent = change.body.get("amount")
    same = (contacts[change.contact], change.body["kind"], change.at) == (contact, kind, at)
    return same and (float(sent) if sent else None) == (None if amount is None else float(amount))


def _last_values(ledger: Ledger, contacts: list[int]) -> list[str]:
    """Each contact has the attributes of the last change of it that was accepted."""
    last: dict[int, Change] = {}
    for number in sorted(ledger.accepted):
        change = ledger.accepted[number]
        if change.kind == ATTRIBUTES:
            last[contacts[change.contact]] = change
    unsure = {contacts[change.contact] for change in ledger.unknown.values()}
    kept = dict(Contact.objects.values_list("pk", "attributes").iterator(chunk_size=5_000))
    wrong = [
        pk
        for pk, change in last.items()
        if pk not in unsure
        and any(
            kept[pk].get(name) != value for name, value in change.body["attributes"].items() if value != []
        )
    ]
    return (
        [f"{len(wrong):,} contacts have other values than were accepted last: {wrong[:SHOWN]}"]
        if wrong
        else []
    )


def at_rest() -> Proof:
    """Nothing waits: outbox and touches are empty, no run and no import is at work."""
    proof = Proof("Outbox and touches empty, no run stuck", f"{Run.objects.count():,} runs")
    proof.wrong += [f"{number:,} {name}" for name, number in settling.left_to_do().items()]
    proof.wrong += [f"{s.slug} is red: {s.problem}" for s in Segment.objects.exclude(problem="")]
    return proof


def same_instant(run: Run) -> Proof:
    """The last sweep judged every segment."""
    proof = Proof("The last sweep judged every segment", f"as of {run.as_of:%H:%M:%S.%f}")
    for segment in Segment.objects.live().filter(kind=Segment.DYNAMIC):
        if segment.evaluated_at != run.as_of or segment.evaluated_version != segment.version:
            proof.wrong.append(
                f"{segment.slug}: as of {segment.evaluated_at}, version {segment.evaluated_version}"
            )
    return proof
