"""Rows of members and of their log, written and removed in bulk."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from crm.models import Contact
from segments.actions.membership import rows, stretches
from segments.actions.membership.fixed import create_list, remove_people
from segments.actions.membership.lines import Lines
from segments.engine.language import moments
from segments.mirror import roster
from segments.models import Membership, MembershipChange, Segment

pytestmark = pytest.mark.django_db

AT = datetime(2026, 7, 20, 10, tzinfo=UTC)
US = moments.to_us(AT)


def ids(*contacts):
    return np.array(contacts, np.int64)


def members():
    return sorted(Membership.objects.values_list("segment_id", "contact_id"))


@pytest.mark.parametrize("at_once", [1, 3, 1_000])
def test_members_of_many_segments_are_written_whole_however_few_go_at_once(monkeypatch, at_once):
    monkeypatch.setattr(stretches, "AT_ONCE", at_once)
    rows.insert_members([(7, ids(1, 5, 900), US), (8, ids(), US), (9, ids(5, 2, 901, 902), US + 1)])
    assert members() == [(7, 1), (7, 5), (7, 900), (9, 2), (9, 5), (9, 901), (9, 902)]
    since = dict(Membership.objects.filter(contact_id=5).values_list("segment_id", "since"))
    assert [moments.to_us(since[key]) for key in (7, 9)] == [US, US + 1]


def test_the_log_keeps_segment_way_cause_and_evidence_of_each_line(monkeypatch):
    monkeypatch.setattr(stretches, "AT_ONCE", 2)
    newest = rows.insert_log(
        [
            Lines(7, 3, ids(4, 6), True, US, "time"),
            Lines(8, 1, ids(4), False, US, "time"),
            Lines(7, 3, ids(9, 2), True, US, "interaction", [{"interactions": [1]}, None]),
            Lines(9, 2, ids(1, 3), True, US + 5, "manual", {"reason": "Fair’s list"}),
        ],
        None,
    )
    found = MembershipChange.objects.values_list(
        "segment_id", "contact_id", "version", "entered", "cause", "evidence"
    )
    assert sorted(found, key=lambda line: line[:2]) == [
        (7, 2, 3, True, "interaction", None),
        (7, 4, 3, True, "time", None),
        (7, 6, 3, True, "time", None),
        (7, 9, 3, True, "interaction", {"interactions": [1]}),
        (8, 4, 1, False, "time", None),
        (9, 1, 2, True, "manual", {"reason": "Fair’s list"}),
        (9, 3, 2, True, "manual", {"reason": "Fair’s list"}),
    ]
    assert newest == MembershipChange.objects.order_by("-pk").first().pk


def test_who_was_no_member_cannot_leave_and_nothing_is_removed():
    rows.insert_members([(7, ids(1, 2), US)])
    with pytest.raises(rows.Drifted), transaction.atomic():
        rows.delete_members([(7, ids(1, 3))])
    assert members() == [(7, 1), (7, 2)]
    rows.delete_members([(7, ids(1)), (8, ids())])
    assert members() == [(7, 2)]


def test_who_is_a_member_does_not_come_in_again():
    rows.insert_members([(7, ids(1, 2), US)])
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.insert_members([(8, ids(2), US), (7, ids(3, 2), US)])
    assert members() == [(7, 1), (7, 2)]


def test_where_some_contacts_are_members_comes_by_segment_and_contact():
    rows.insert_members([(9, ids(3, 1, 2**40), US), (7, ids(1, 2, 4), US), (8, ids(4), US)])
    segments, contacts = roster.standing_of([2**40, 2, 1, 3])
    assert list(zip(segments.tolist(), contacts.tolist(), strict=True)) == [
        (7, 1), (7, 2), (9, 1), (9, 3), (9, 2**40),
    ]  # fmt: skip
    assert [len(one) for one in roster.standing_of([5])] == [0, 0]


@pytest.mark.parametrize("at_once", [2, 1_000])
def test_those_who_leave_many_segments_leave_only_them(monkeypatch, at_once):
    monkeypatch.setattr(stretches, "AT_ONCE", at_once)
    monkeypatch.setattr(rows, "LEAVING", at_once)
    contacts = ids(*range(1, 9), 2**40)
    rows.insert_members([(segment, contacts, US) for segment in (7, 8, 2**33)])
    rows.delete_members([(7, ids(8, 1, 2**40)), (8, ids()), (2**33, ids(1, 2, 3))])
    assert members() == [
        *((7, contact) for contact in range(2, 8)),
        *((8, contact) for contact in contacts.tolist()),
        *((2**33, contact) for contact in (4, 5, 6, 7, 8, 2**40)),
    ]


def test_evidence_keeps_any_text():
    odd = [{"reason": text} for text in ('"quoted" \\ back', "line\nand\ttab", "日本 🙂 %s", "null", "")]
    rows.insert_log([Lines(7, 1, ids(1, 2, 3, 4, 5), True, US, "manual", odd)], None)
    rows.insert_log([Lines(7, 1, ids(6, 7), True, US, "manual", odd[0])], None)
    found = MembershipChange.objects.order_by("contact_id").values_list("evidence", flat=True)
    assert list(found) == [*odd, odd[0], odd[0]]


@pytest.mark.parametrize("least", [1, 4])
def test_stretches_hold_everybody_once_and_do_not_overlap(monkeypatch, least):
    monkeypatch.setattr(stretches, "AT_ONCE", 5)
    parts = [ids(9, 1, 30), ids(), ids(30, 2), ids(7)]
    found = list(stretches.cut(parts, least))
    assert len(found) > 1
    whole = [
        np.concatenate([ids(), *(some for place, some in _all(found) if place == one)]) for one in range(4)
    ]
    assert [one.tolist() for one in whole] == [[1, 9, 30], [], [2, 30], [7]]
    ends = [(min(min(some) for _, some in here), max(max(some) for _, some in here)) for here in found]
    assert all(before[1] < after[0] for before, after in pairwise(ends))
    assert list(stretches.cut([ids(), ids()], least)) == []


def _all(found):
    return [one for here in found for one in here]


def test_many_rows_need_no_statement_each():
    """PostgreSQL takes all segments in one, SQLite a list a segment."""
    parts = [(segment, ids(*range(1, 101))) for segment in (7, 8, 9)]
    taken = []
    for work in (
        lambda: rows.insert_members([(*part, US) for part in parts]),
        lambda: rows.insert_log([Lines(*part[:1], 1, part[1], True, US, "time") for part in parts], None),
        lambda: rows.delete_members(parts),
    ):
        with CaptureQueriesContext(connection) as made:
            work()
        taken.append(len(made))
    assert taken == ([3, 4, 3] if connection.vendor == "sqlite" else [1, 2, 1])


def test_a_list_of_hundreds_takes_as_many_statements_as_one_of_three():
    made_up = [Contact(first_name=f"P{number}") for number in range(200)]
    contacts = [one.pk for one in Contact.objects.bulk_create(made_up)]
    counts = []
    for number, some in enumerate((contacts[:2], contacts[:3], contacts)):
        with CaptureQueriesContext(connection) as made:
            made_list = create_list(name=f"List {number}", contacts=some, by=None, at=AT)
        assert Segment.objects.get(pk=made_list.pk).size == len(some)
        with CaptureQueriesContext(connection) as removed:
            remove_people(segment=made_list, contacts=some, by=None, at=AT)
        counts.append((len(made), len(removed)))
    assert counts[1] == counts[2]  # the first of a process also makes what is made once


def test_members_have_no_number_of_their_own():
    """On SQLite the table is kept in the order of its key; PostgreSQL has no such tables, and no column more."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'segments_membership'")
            assert cursor.fetchone()[0].endswith("WITHOUT ROWID")
        columns = [
            column.name
            for column in connection.introspection.get_table_description(cursor, "segments_membership")
        ]
    assert sorted(columns) == ["contact_id", "segment_id", "since"]
