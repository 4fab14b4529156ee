"""Tags: the list attribute `tags`, put on and taken off many contacts at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction

from crm.actions import auditing
from crm.actions.touching import touch
from crm.domain.attributes import AttributeType
from crm.domain.search import tag_term
from crm.models import AttributeDefinition, Contact, ContactChange, SearchTerm, User

TAGS = "tags"
LONGEST = 60
MOST = 100
BATCH = 500
UPDATED_AT_ONCE = 50  # a longer CASE costs the square of its length


class TagRefused(ValueError):
    """The tag cannot be used so; the text says what to do."""


def tag_many(*, contact_ids: Sequence[int], tag: str, by: User, at: datetime, source: str = "form") -> int:
    """Put a tag on contacts; answers how many did not have it. Two spellings that search the same are one tag."""
    tag = _checked(tag)
    word = tag_term(tag)

    def with_tag(tags: list[str]) -> list[str]:
        if any(tag_term(present) == word for present in tags):
            return tags
        return [*tags, tag]

    with transaction.atomic():
        AttributeDefinition.objects.get_or_create(
            name=TAGS, defaults={"label": "Tags", "type": AttributeType.LIST, "created_at": at}
        )
        changed = _rewrite(contact_ids, with_tag, by=by, at=at, source=source)
        SearchTerm.objects.bulk_create(
            [SearchTerm(contact_id=contact_id, term=word) for contact_id in changed],
            batch_size=BATCH,
            ignore_conflicts=True,
        )
        _tell("tagged", changed, tag, by=by, at=at)
    return len(changed)


def untag(*, contact_ids: Sequence[int], tag: str, by: User, at: datetime, source: str = "form") -> int:
    """Take a tag off contacts; answers how many had it."""
    tag = _checked(tag)
    word = tag_term(tag)
    with transaction.atomic():
        changed = _rewrite(
            contact_ids,
            lambda tags: [present for present in tags if tag_term(present) != word],
            by=by,
            at=at,
            source=source,
        )
        for start in range(0, len(changed), BATCH):
            SearchTerm.objects.filter(contact_id__in=changed[start : start + BATCH], term=word).delete()
        _tell("untagged", changed, tag, by=by, at=at)
    return len(changed)


def tags_of(contact: Contact) -> list[str]:
    """The tags a contact carries; a lone text counts as one."""
    tags = contact.attributes.get(TAGS)
    if isinstance(tags, list):
        return [str(tag) for tag in tags]
    return [str(tags)] if tags else []


def _checked(tag: str) -> str:
    tag = " ".join(tag.replace("\x00", "").split()).lstrip("#").strip()
    if not tag_term(tag):
        raise TagRefused("Write the tag, such as ‘trade fair 2026’.")
    if len(tag) > LONGEST:
        raise TagRefused(f"A tag holds {LONGEST} characters at most. Shorten it.")
    return tag


def _rewrite(
    contact_ids: Sequence[int],
    change: Callable[[list[str]], list[str]],
    *,
    by: User,
    at: datetime,
    source: str,
) -> list[int]:
    changed: list[int] = []
    ids = sorted(set(contact_ids))
    for start in range(0, len(ids), BATCH):
        contacts = Contact.objects.living().select_for_update(of=("self",), no_key=True)
        rewritten, history = [], []
        for contact in contacts.filter(pk__in=ids[start : start + BATCH]).order_by("pk"):
            before = tags_of(contact)
            after = change(before)
            if after == before:
                continue
            if len(after) > MOST:
                raise TagRefused(f"{contact.name} has {MOST} tags already. Take one off first.")
            contact.attributes[TAGS] = after
            if not after:
                del contact.attributes[TAGS]
            rewritten.append(contact)
            history.append(
                ContactChange(
                    contact=contact,
                    at=at,
                    by=by,
                    source=source,
                    changes={TAGS: [before or None, after or None]},
                )
            )
        Contact.objects.bulk_update(rewritten, ["attributes"], batch_size=UPDATED_AT_ONCE)
        Contact.objects.filter(pk__in=[contact.pk for contact in rewritten]).update(updated_at=at)
        ContactChange.objects.bulk_create(history, batch_size=BATCH)
        changed += [contact.pk for contact in rewritten]
    return changed


def _tell(what: str, changed: list[int], tag: str, *, by: User, at: datetime) -> None:
    if not changed:
        return
    touch(changed, cause="attribute", evidence={"attributes": [TAGS]})
    subject = f"contact {changed[0]}" if len(changed) == 1 else "contacts"
    auditing.record(action=f"contact.{what}", subject=subject, by=by, at=at, tag=tag, contacts=len(changed))
