"""What becomes of each kind of row when two customers are made one, and how it is parted again."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from crm.actions.contacts import rebuild_search_terms
from crm.domain.joining import UNDONE, answers_of
from crm.models import Consent, ConsentEntry, Contact, Duplicate, Identifier, Merge, SearchTerm
from crm.personal_data import Joining
from crm.queries.merging import words_of

SOURCE = "merge of customers"
AT_ONCE = 900


def move(model: type[Model], link: str, joining: Joining) -> list[int]:
    """All rows of the merged contact become the survivor's; their numbers."""
    rows = model._base_manager.filter(**{link: joining.merged})
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    if ids:
        rows.update(**{link: joining.survivor})
    return ids


def move_back(model: type[Model], link: str, joining: Joining, ids: list[int]) -> None:
    """Rows that went over, and are still the survivor's, go back."""
    for start in range(0, len(ids), AT_ONCE):
        rows = model._base_manager.filter(**{link: joining.survivor, "pk__in": ids[start : start + AT_ONCE]})
        rows.update(**{link: joining.merged})


def unite_identifiers(joining: Joining) -> list[list[str]]:
    """All identifiers are the survivor's; of each kind the survivor's own stand first, unless chosen otherwise."""
    theirs = list(Identifier.objects.filter(contact=joining.merged).order_by("pk"))
    after = []
    for kind, first in joining.firsts.items():
        if first == joining.merged and any(row.kind == kind for row in theirs):
            after += list(Identifier.objects.filter(contact=joining.survivor, kind=kind).order_by("pk"))
    # The order is that of their numbers: who comes later is written anew.
    again = theirs + after
    Identifier.objects.filter(pk__in=[row.pk for row in again]).delete()
    Identifier.objects.bulk_create(
        [
            Identifier(contact_id=joining.survivor, kind=row.kind, value=row.value, shown=row.shown)
            for row in again
        ]
    )
    return [[row.kind, row.value] for row in theirs]


def part_identifiers(joining: Joining, kept: list[list[str]]) -> None:
    """Those that came from the merged contact, and are still the survivor's, go back."""
    for kind, value in kept:
        Identifier.objects.filter(contact=joining.survivor, kind=kind, value=value).update(
            contact=joining.merged
        )


def unite_consents(joining: Joining) -> dict[str, Any]:
    """The ledgers become one, and the state what `answers_of` says; where that is not the newest line, one says why."""
    before, theirs = words_of(joining.survivor), words_of(joining.merged)
    lines = move(ConsentEntry, "contact", joining)
    Consent.objects.filter(contact__in=(joining.survivor, joining.merged)).delete()
    states, said = [], []
    for answer in answers_of(before, theirs, joining.answers):
        since = answer.result.at
        if answer.open and not answer.result.granted:
            since = joining.at
            said.append(
                ConsentEntry(
                    contact_id=joining.survivor,
                    channel=answer.channel,
                    purpose=answer.purpose,
                    granted=False,
                    at=joining.at,
                    source=SOURCE,
                    proof=f"Customers {joining.survivor} and {joining.merged} became one. One had said no on "
                    f"{answer.result.at:%-d %B %Y}; a no stands until the customer says yes again.",
                    by=joining.by,
                    recorded_at=joining.at,
                )
            )
        states.append(
            Consent(
                contact_id=joining.survivor,
                channel=answer.channel,
                purpose=answer.purpose,
                granted=answer.result.granted,
                since=since,
            )
        )
    Consent.objects.bulk_create(states)
    return {
        "lines": lines,
        "said": [line.pk for line in ConsentEntry.objects.bulk_create(said)],
        "survivor": [[*key, word.granted, word.at.isoformat()] for key, word in before.items()],
    }


def part_consents(joining: Joining, kept: dict[str, Any]) -> None:
    """The merged contact's lines go back, and both states are read from their ledgers; nothing in them is removed.

    What the merge itself had said is taken back by a line of its own.
    """
    move_back(ConsentEntry, "contact", joining, kept["lines"])
    before = {(channel, purpose): granted for channel, purpose, granted, _ in kept["survivor"]}
    newest = _newest(joining.survivor)
    said = [
        ConsentEntry(
            contact_id=joining.survivor,
            channel=key[0],
            purpose=key[1],
            granted=before[key],
            at=joining.at,
            source=UNDONE,
            proof=f"Customer {joining.merged} is another person again; this is what {joining.survivor} had said.",
            by=joining.by,
            recorded_at=joining.at,
        )
        for key, line in newest.items()
        if line.pk in kept["said"]
    ]
    ConsentEntry.objects.bulk_create(said)
    for contact_id in (joining.survivor, joining.merged):
        Consent.objects.filter(contact=contact_id).delete()
        Consent.objects.bulk_create(
            [
                Consent(
                    contact_id=contact_id, channel=key[0], purpose=key[1], granted=line.granted, since=line.at
                )
                for key, line in _newest(contact_id).items()
            ]
        )


def _newest(contact_id: int) -> dict[tuple[str, str], ConsentEntry]:
    """By channel and purpose the line that counts: the newest, of two at one instant the later written."""
    rows = ConsentEntry.objects.filter(contact=contact_id).order_by("at", "pk")
    return {(row.channel, row.purpose): row for row in rows}


def unite_search_terms(joining: Joining) -> None:
    """The words of the merged contact go; the survivor's follow once all is written."""
    SearchTerm.objects.filter(contact=joining.merged).delete()


def part_search_terms(joining: Joining, kept: Any) -> None:
    """Both are found by what they hold."""
    for contact in Contact.objects.filter(pk__in=(joining.survivor, joining.merged)):
        rebuild_search_terms(contact)


def end_suggestions(joining: Joining) -> None:
    """Whom the merged contact was taken for is no question any more; the next look finds who is like the survivor."""
    Duplicate.objects.filter(first=joining.merged).delete()
    Duplicate.objects.filter(second=joining.merged).delete()


def forget_suggestions(*, contacts: list[int], at: Any) -> int:
    """Suggestions about contacts that are erased, on either side; how many went."""
    return (
        Duplicate.objects.filter(first__in=contacts).delete()[0]
        + Duplicate.objects.filter(second__in=contacts).delete()[0]
    )


def forget_merges(*, contacts: list[int], at: Any) -> int:
    """Records of merges of contacts that are erased, on either side; how many went."""
    return (
        Merge.objects.filter(survivor__in=contacts).delete()[0]
        + Merge.objects.filter(merged__in=contacts).delete()[0]
    )
