"""The stream of all interactions gives what reading them one by one gives."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crm.models import Contact, Interaction
from segments.engine.judging.population import Population
from segments.mirror import encoding, everyone, readers, store
from segments.mirror.reading import read_everyone, read_layer, read_population
from segments.queries.building.counting import count

AT = datetime(2026, 3, 15, 12, 0, 0, 123456, tzinfo=UTC)
pytestmark = pytest.mark.django_db

ROWS: list[dict[str, Any]] = [
    {"kind": "purchase", "amount": Decimal("12.50"), "currency": "EUR", "properties": {"sku": "a", "n": 1}},
    {"kind": "purchase", "amount": Decimal("-0.000001"), "properties": {"amount": "from the property"}},
    {"kind": "purchase", "amount": Decimal("999999999"), "properties": {"sku": "  ", "n": None, "list": []}},
    {"kind": 'odd "kind"\x1e\x1f', "properties": {"ünï": "日本", "text": 'q"uo\\te\n\x1f\x1e', "flag": True}},
    {
        "kind": "view",
        "properties": {"shipping": {"country": "FR", "deep": {"x": 1.25}}, "shipping.country": "exact"},
    },
    {
        "kind": "view",
        "properties": {"shipping": {"country": "DE"}, "list": ["a", "b"], "big": 9007199254740993},
    },
    {"kind": "view", "properties": {}},
]


@pytest.fixture(autouse=True)
def _own_folder(settings: object, tmp_path: Path) -> None:
    settings.MIRROR_DIR = tmp_path / "mirror"  # type: ignore[attr-defined]


@pytest.fixture
def filled(contact: Callable[..., Contact]) -> list[int]:
    people = [contact("Ada"), contact("Bob"), contact("Eve"), contact("Gone")]
    for number, row in enumerate(ROWS * 3):
        moment = AT if number % 2 else AT - timedelta(days=number, microseconds=123456)
        Interaction.objects.create(
            contact=people[number % 2 * 3 // 2 if number % 5 else 3],
            at=moment,
            source="t",
            message_id=str(number),
            **row,
        )
    Contact.objects.filter(pk=people[3].pk).update(erased_at=AT)
    return [person.pk for person in people]


def rows(population: Population) -> list[tuple[Any, ...]]:
    """Every row in order, with its properties as text."""
    found = []
    for index, key in enumerate(population.ids):
        for row in range(int(population.offsets[index]), int(population.offsets[index + 1])):
            properties = {
                name: column.dictionary.entries[column.codes[row]]
                for name, column in population.properties.items()
                if column.codes[row] and not isinstance(column.dictionary.entries[column.codes[row]], dict)
            }
            kind = population.kinds[int(population.kind[row])]
            found.append((int(key), kind, int(population.at[row]), sorted(map(repr, properties.items()))))
    return found


def test_both_ways_give_the_same_rows(filled: list[int]) -> None:
    whole, each = read_everyone(), read_population(filled)
    assert rows(whole) == rows(each)
    assert len(rows(whole)) > 10
    assert list(whole.ids) == list(each.ids)


def test_a_property_beyond_the_most_frequent_becomes_a_column_when_a_rule_reads_it(
    filled: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segments.mirror.bulk.MOST_NAMES", 0)
    everyone.snapshot()
    rule = {"interaction": "view", "where": [{"property": "shipping.country", "op": "is", "value": "DE"}]}
    document = {"version": 1, "rule": rule}
    monkeypatch.setattr(everyone, "WAITED_FOR", 0)
    with pytest.raises(everyone.Preparing, match=r"shipping\.country"):
        count(document, as_of=AT)
    assert count(document, as_of=AT, rebuild=True).count == 2
    assert count(document, as_of=AT).count == 2
    newest = store.newest()
    assert newest is not None
    assert newest.properties == {"amount", "currency", "shipping.country"}


def test_a_property_that_nobody_has_needs_no_snapshot(
    filled: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beyond the most frequent ones, too: the snapshot knows which properties it has left out."""
    monkeypatch.setattr("segments.mirror.bulk.MOST_NAMES", 0)
    monkeypatch.setattr(everyone, "WAITED_FOR", 0)
    generation, _ = everyone.snapshot()
    assert not everyone.ensure({"nobody has it"}, rebuild=False)
    store.want({"nobody has it either"})
    assert not everyone.ensure({"nobody has it"})
    rule = {"interaction": "view", "where": [{"property": "nobody has it", "op": "is_not_set"}]}
    assert count({"version": 1, "rule": rule}, as_of=AT).count == 2
    assert store.newest() == generation
    assert "shipping.country" in (generation.left_out() or ())
    (generation.path / "left-out.json").unlink()  # as an older release wrote it: nothing is known of it
    assert everyone.ensure({"nobody has it"})


def test_many_distinct_values_keep_their_codes() -> None:
    coder = encoding.BytesCoder()
    values = [f"value {number % 30_000}".encode() for number in range(70_000)]
    seen: list[int] = []
    for start in range(0, len(values), 9_000):
        some = values[start : start + 9_000]
        lengths = np.array([len(value) for value in some], np.int64)
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
        seen += list(coder.codes(np.frombuffer(b"".join(some), np.uint8), starts, lengths))
    entries = coder.entries(bytes)
    assert len(entries) == 30_001
    assert [entries[code] for code in seen] == values


@pytest.mark.django_db(transaction=True)
def test_many_are_read_over_connections_of_their_own(
    filled: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = read_layer(filled)
    monkeypatch.setattr("segments.mirror.streams.MANY", 2)
    together = read_layer(filled)
    readers.rest()
    assert rows(together.population) == rows(alone.population)
    assert together.gone.tolist() == alone.gone.tolist() == filled[3:]


def test_numbers_of_any_length_are_read() -> None:
    coder = encoding.BytesCoder()
    values = [b"1.50", b"2.0", b"1e999999999", b"9" * 5_000, b'"\\u00e9"', b"null", b"[1.5, true]"]
    lengths = np.array([len(value) for value in values], np.int64)
    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)
    coder.codes(np.frombuffer(b"".join(values), np.uint8), starts, lengths)
    assert coder.read_json() == [1.5, 2, "1e999999999", "9" * 5_000, "é", None, [1.5, True]]
