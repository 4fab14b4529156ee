"""Writes what rows say about consent; an import never speaks for somebody who said no."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crm.actions.consents import Answer, record_many
from crm.actions.importing.people import Draft, in_parts
from crm.domain.import_rows import Consenting, Problem
from crm.models import Consent, User

PURPOSE = "offers"


def write_answers(
    drafts: Sequence[Draft], *, by: User | None, at: datetime, source: str, filename: str
) -> list[tuple[int, Problem]]:
    """Record the answers of a batch in the ledger; what was not taken comes back as problems."""
    speaking = [draft for draft in drafts if draft.consents]
    known: dict[tuple[int, str], tuple[bool, datetime]] = {}
    for part in in_parts(draft.contact.pk for draft in speaking):
        rows = Consent.objects.filter(contact_id__in=part, purpose=PURPOSE)
        for row in rows:
            known[row.contact_id, row.channel] = (row.granted, row.since)
    answers: list[Answer] = []
    problems: list[tuple[int, Problem]] = []
    for draft in speaking:
        for number, said in draft.consents:
            key = (draft.contact.pk, said.channel)
            if said.granted and said.at is None and (number, said.channel) in _refusing(draft):
                continue  # the row says yes, and elsewhere that they left
            given_at = min(said.at or at, at)
            before = known.get(key)
            if before and before[0] == said.granted:
                continue
            if before and said.granted:
                problems.append((number, _kept_no(said)))
                continue
            if before and given_at < before[1]:
                continue  # an older no than the yes that the ledger holds
            known[key] = (said.granted, given_at)
            proof = f"column ‘{said.column}’, row {number} of {filename}"
            answers.append(
                Answer(draft.contact.pk, said.channel, PURPOSE, said.granted, given_at, source, proof)
            )
    if answers:
        record_many(answers=answers, by=by, at=at)
    return problems


def _refusing(draft: Draft) -> set[tuple[int, str]]:
    return {(number, said.channel) for number, said in draft.consents if not said.granted}


def _kept_no(said: Consenting) -> Problem:
    reason = "This customer said no before; an import does not subscribe them again."
    return Problem("consent_kept", reason, said.column, "yes")
