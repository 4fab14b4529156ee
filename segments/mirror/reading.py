"""Reads contacts with all that rules may ask of them from the database, in chunks, into a population."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from django.db.models import QuerySet

from crm.domain.attributes import BUILT_IN
from crm.models import AttributeDefinition, Company, Contact, ContactChange, Identifier, Interaction
from segments.engine.judging.population import Builder, Column, History, Population
from segments.engine.language import moments, values
from segments.engine.language.dictionary import Dictionary
from segments.mirror import bulk
from segments.mirror.merging import Layer

CHUNK = 2_000
FEW = 20
NO_COLUMN = Column(np.zeros(0, np.int32), Dictionary([None]))


def declared_types() -> dict[str, str]:
    """The type of every attribute that has one: those every contact has, and the account's own."""
    return typed(AttributeDefinition.objects.filter(retired_at=None).values_list("name", "type"))


def typed(defined: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The types of built-in attributes and of those that the account defined."""
    return {name: type_name.value for name, (_, type_name) in BUILT_IN.items()} | dict(defined)


def read_population(contact_ids: Sequence[int], declared: Mapping[str, str] | None = None) -> Population:
    """Those contacts of the ids that live, with their interactions, as columns: for one or a few."""
    builder = Builder(declared_types() if declared is None else dict(declared))
    for contacts in _by_ids(Contact.objects.living(), contact_ids):
        _add_contacts(builder, contacts, _company_names(contacts))
        _add_interactions(builder, contacts)
    return builder.build()


def read_one(contact: Contact, declared: Mapping[str, str]) -> tuple[Population, list[int]]:
    """A contact that was read, as columns, nobody where it does not live; and the ids of its interactions by row.

    Two queries, and one for a company that was not read with it.
    """
    builder = Builder(declared)
    happened: list[tuple[int, int]] = []
    if contact.erased_at is None and contact.merged_into_id is None:
        _add_contacts(
            builder, [contact], {contact.company_id: contact.company.name} if contact.company else {}
        )
        happened = _add_interactions(builder, [contact])
    return builder.build(), [key for _, key in sorted(happened)]


def read_layer(contact_ids: Sequence[int]) -> Layer:
    """Everything rules may ask of contacts, with every history: those who live, and who does not."""
    asked = np.array(sorted(set(contact_ids)), np.int64)
    population = bulk.read(declared_types(), asked.tolist())
    return Layer(population, np.setdiff1d(asked, population.ids, assume_unique=True))


def read_everyone(wanted: Iterable[str] = (), histories: Iterable[str] = ()) -> Population:
    """All living contacts, streamed; of properties the most frequent and those wanted, of histories those wanted."""
    return bulk.read(declared_types(), names=set(wanted), histories=set(histories))


def read_histories(population: Population, names: Iterable[str]) -> Population:
    """The same population with what some attributes were and from when, read from the log of changes."""
    wanted = set(names)
    if not wanted:
        return population
    builder = Builder(declared_types())
    for key in population.ids:
        builder.add_contact(int(key), {})
    known = {int(key) for key in population.ids}
    changes = ContactChange.objects.order_by("at", "id").values_list("contact_id", "at", "changes")
    narrow = changes.filter(contact_id__in=known) if len(known) <= 500 else changes
    for contact_id, at, changed in narrow.iterator(chunk_size=CHUNK):
        for name in wanted & changed.keys() if contact_id in known else ():
            builder.add_history(contact_id, name, moments.to_us(at), changed[name][1])
    found: dict[str, History] = dict(builder.build().histories)
    for name in wanted - found.keys():
        found[name] = History(np.zeros(len(population) + 1, np.int64), np.zeros(0, np.int64), NO_COLUMN)
    return dataclasses.replace(population, histories={**population.histories, **found})


def _by_ids(contacts: QuerySet[Contact], ids: Sequence[int]) -> Iterator[list[Contact]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), 500):
        chunk = list(contacts.filter(pk__in=ordered[start : start + 500]).order_by("pk"))
        if chunk:
            yield chunk


def _add_contacts(builder: Builder, contacts: list[Contact], companies: Mapping[int | None, str]) -> None:
    identifiers: defaultdict[int, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    here = {"contact_id__in": [contact.pk for contact in contacts]}
    rows = Identifier.objects.filter(**here).order_by("id").values_list("contact_id", "kind", "value")
    for contact_id, kind, value in rows:
        identifiers[contact_id][kind].append(value)
    for contact in contacts:
        builder.add_contact(
            contact.pk, _attributes(contact, identifiers[contact.pk], companies.get(contact.company_id))
        )


def _add_interactions(builder: Builder, contacts: list[Contact]) -> list[tuple[int, int]]:
    """Add what contacts did; the instant and the id of each."""
    here = {"contact_id__in": [contact.pk for contact in contacts]}
    happened = Interaction.objects.filter(**here).order_by("id")
    fields = ("id", "contact_id", "kind", "at", "amount", "currency", "properties")
    present = {contact.pk for contact in contacts}
    rows = happened.values_list(*fields)
    # Of a few they are read at once: a cursor on the server costs more than their rows.
    streamed = rows if len(contacts) <= FEW else rows.iterator(10_000)
    added = []
    for key, contact_id, kind, at, amount, currency, properties in streamed:
        if contact_id in present:
            if amount is not None:
                properties.setdefault("amount", values.json_number(amount))
            if currency:
                properties.setdefault("currency", currency)
            instant = moments.to_us(at)
            builder.add_interaction(contact_id, kind, instant, properties)
            added.append((instant, key))
    return added


def _company_names(contacts: list[Contact]) -> dict[int | None, str]:
    ids = {contact.company_id for contact in contacts if contact.company_id}
    if not ids:
        return {}
    return dict(Company.objects.filter(pk__in=ids).values_list("pk", "name"))


def _attributes(contact: Contact, identifiers: dict[str, list[str]], company: str | None) -> dict[str, Any]:
    built_in: dict[str, Any] = {
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "company": company,
        "created_at": contact.created_at.isoformat(),
    }
    for kind, found in identifiers.items():
        built_in[kind] = found[0] if len(found) == 1 else found
    return {**built_in, **contact.attributes}
