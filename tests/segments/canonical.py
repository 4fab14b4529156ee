"""What a mirror holds in plain values, to compare one that was patched and merged with one read afresh."""

from __future__ import annotations

from typing import Any

from segments.engine.judging.population import Population
from segments.mirror.everyone import Everyone
from segments.mirror.reading import read_layer


def contents(contacts: Everyone) -> dict[int, Any]:
    """Everything that is known of each contact that stands, by id."""
    found: dict[int, Any] = {}
    for part in contacts.parts:
        for row in range(len(part.population)):
            if part.stands is None or part.stands[row]:
                key, told = one(part.population, row)
                assert key not in found
                found[key] = told
    return found


def one(population: Population, row: int) -> tuple[int, Any]:
    """A contact's id, and its attributes, interactions and histories."""
    attributes = {
        name: column.dictionary.entries[column.codes[row]]
        for name, column in population.attributes.items()
        if column.codes[row]
    }
    rows = []
    for at in range(int(population.offsets[row]), int(population.offsets[row + 1])):
        properties = {
            name: column.dictionary.entries[column.codes[at]]
            for name, column in population.properties.items()
            if column.codes[at] and not isinstance(column.dictionary.entries[column.codes[at]], dict)
        }
        rows.append((population.kinds[int(population.kind[at])], int(population.at[at]), properties))
    histories = {}
    for name, history in population.histories.items():
        begin, end = int(history.offsets[row]), int(history.offsets[row + 1])
        if end > begin:
            entries = history.column.dictionary.entries
            histories[name] = [
                (int(history.at[place]), entries[history.column.codes[place]]) for place in range(begin, end)
            ]
    return int(population.ids[row]), (attributes, rows, histories)


def as_the_database_says(ids: list[int]) -> dict[int, Any]:
    """The same, read afresh one by one."""
    population = read_layer(ids).population
    return dict(one(population, row) for row in range(len(population)))
