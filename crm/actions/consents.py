"""What customers allow: a line in the ledger for each answer, and the state that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from crm.actions import auditing
from crm.actions.holding import GONE, gone_of
from crm.actions.touching import touch
from crm.models import Consent, ConsentEntry, Contact, User
from crm.models.consent import CHANNELS, PURPOSES

BATCH = 500


class ConsentRefused(ValueError):
    """The answer cannot be recorded so; the text says what to do."""


@dataclass(frozen=True)
class Answer:
    """One contact's answer about one channel and purpose, given at an instant."""

    contact_id: int
    channel: str
    purpose: str
    granted: bool
    at: datetime
    source: str
    proof: str = ""


def record(
    *,
    contact: Contact,
    channel: str,
    purpose: str,
    granted: bool,
    given_at: datetime,
    source: str,
    proof: str = "",
    by: User | None,
    at: datetime,
) -> None:
    """Record one answer. `given_at` is when the customer answered, `at` is now. Raises `ConsentRefused`."""
    answer = Answer(contact.pk, channel, purpose, granted, given_at, source.strip(), proof.strip())
    if given_at > at:
        raise ConsentRefused("The day of the answer lies ahead. Give the day on which the customer answered.")
    with transaction.atomic():
        if gone_of([contact.pk]):
            raise ConsentRefused(GONE)
        record_many(answers=[answer], by=by, at=at)
        auditing.record(
            action="consent.recorded",
            subject=f"contact {contact.pk}",
            by=by,
            at=at,
            channel=channel,
            purpose=purpose,
            granted=granted,
        )


def record_many(*, answers: Sequence[Answer], by: User | None, at: datetime) -> None:
    """Record many answers in a few statements; the newest answer decides the state, of two at one instant the last.

    The caller audits the whole (an import writes one line, not one a row).
    """
    for answer in answers:
        _check(answer)
    with transaction.atomic():
        _lock(answer.contact_id for answer in answers)
        ConsentEntry.objects.bulk_create(
            [
                ConsentEntry(
                    contact_id=answer.contact_id,
                    channel=answer.channel,
                    purpose=answer.purpose,
                    granted=answer.granted,
                    at=answer.at,
                    source=answer.source[:80],
                    proof=answer.proof[:500],
                    by=by,
                    recorded_at=at,
                )
                for answer in answers
            ],
            batch_size=BATCH,
        )
        _bring_state_up_to_date(answers)
        touch(
            {answer.contact_id for answer in answers},
            cause="consent",
            evidence={
                answer.contact_id: {"consent": f"{answer.channel} {answer.purpose}"} for answer in answers
            },
        )


def _check(answer: Answer) -> None:
    if answer.channel not in CHANNELS:
        raise ConsentRefused(f"‘{answer.channel}’ is no channel. Use one of: {', '.join(CHANNELS)}.")
    if answer.purpose not in PURPOSES:
        raise ConsentRefused(f"‘{answer.purpose}’ is no purpose. Use one of: {', '.join(PURPOSES)}.")
    if not answer.source:
        raise ConsentRefused("Say where the answer comes from: a form, a call, a letter.")


def _lock(contact_ids: Iterable[int]) -> None:
    """Two answers at once wait for each other, in one order, so that the newest wins."""
    ids = sorted(set(contact_ids))
    for start in range(0, len(ids), BATCH):
        locked = (
            Contact.objects.select_for_update(no_key=True)
            .filter(pk__in=ids[start : start + BATCH])
            .order_by("pk")
        )
        list(locked.values_list("pk", flat=True))


def _bring_state_up_to_date(answers: Sequence[Answer]) -> None:
    newest: dict[tuple[int, str, str], Answer] = {}
    for answer in answers:
        key = (answer.contact_id, answer.channel, answer.purpose)
        if key not in newest or answer.at >= newest[key].at:
            newest[key] = answer
    ids = sorted({key[0] for key in newest})
    for start in range(0, len(ids), BATCH):
        part = set(ids[start : start + BATCH])
        states = Consent.objects.filter(contact_id__in=part)
        known = {(state.contact_id, state.channel, state.purpose): state for state in states}
        added, changed = [], []
        for key, answer in newest.items():
            if key[0] not in part:
                continue
            state = known.get(key)
            if state is None:
                added.append(
                    Consent(
                        contact_id=key[0],
                        channel=key[1],
                        purpose=key[2],
                        granted=answer.granted,
                        since=answer.at,
                    )
                )
            elif answer.at >= state.since:
                state.granted, state.since = answer.granted, answer.at
                changed.append(state)
        Consent.objects.bulk_create(added, batch_size=BATCH)
        Consent.objects.bulk_update(changed, ["granted", "since"], batch_size=BATCH)
