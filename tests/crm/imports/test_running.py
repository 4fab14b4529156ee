"""Imports run: what is written, what counts once, and what a kill leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connections

from crm.actions.importing import leasing, preparing, running, starting
from crm.domain.import_plan import UnusablePlan
from crm.models import (
    AttributeDefinition,
    Contact,
    ContactChange,
    ContactTouch,
    Identifier,
    Import,
    ImportReject,
    Interaction,
    OutboxEvent,
    SearchTerm,
)

ORDERS = (
    "customer,when,sku,qty,price\n"
    "7,2024-01-01 10:00,a,2,1.25\n"
    "7,2024-01-01 10:00,a,2,1.25\n"
    "8,2024-01-02 10:00,b,-1,3.10\n"
)
PAIRS = ("customer=external_id", "when=at", "qty*price=amount", "kind:=purchase")


def test_order_lines(bring_in, written):
    source = bring_in(written(ORDERS), "interactions", *PAIRS)
    assert (source.created, source.contacts_created) == (3, 2)
    rows = list(Interaction.objects.order_by("id").values_list("kind", "at", "amount", "properties"))
    at = datetime(2024, 1, 1, 10, tzinfo=UTC)
    assert rows[0] == rows[1] == ("purchase", at, Decimal("2.5"), {"sku": "a", "qty": 2, "price": 1.25})
    assert rows[2][2] == Decimal("-3.1")
    assert SearchTerm.objects.filter(term="7").exists()


def test_the_same_rows_again_in_a_longer_file_count_once(bring_in, written):
    bring_in(written(ORDERS), "interactions", *PAIRS)
    longer = ORDERS.replace("8,2024-01-02 10:00,b", "7,2024-01-01 10:00,a,2,1.25\n8,2024-01-02 10:00,b")
    source = bring_in(written(longer, "other name.csv"), "interactions", *PAIRS)
    assert (source.created, source.unchanged) == (1, 3)
    swapped = "when;customer;sku;price;qty\n2024-01-02 10:00;8;b;3.10;-1\n"
    source = bring_in(written(swapped, "swapped.csv"), "interactions", *PAIRS)
    assert (source.created, source.unchanged) == (0, 1)


def test_a_message_id_of_the_file_counts_once(bring_in, written):
    text = "email,at,id\na@x.example,2024-01-01,m1\na@x.example,2024-01-02,m1\n"
    source = bring_in(written(text), "interactions", "id=message_id", "kind:=visit")
    assert (source.created, source.unchanged) == (1, 1)


def test_rows_without_customer_or_date_say_why(bring_in, written):
    text = "id,at,kind\n,2024-01-01,visit\n1,,visit\n2,soon,visit\n3,2024-01-01,\n4,2024-01-01,call\n"
    source = bring_in(written(text), "interactions", "id=external_id")
    codes = list(ImportReject.objects.order_by("row").values_list("code", flat=True))
    assert codes == ["missing_identity", "missing_date", "bad_date", "missing_kind"]
    assert (source.created, source.rejected) == (1, 4)


def test_values_that_are_already_declared_are_read_so(bring_in, written, noon):
    AttributeDefinition.objects.create(name="vip", label="VIP", type="yes/no", created_at=noon)
    bring_in(written("email,vip,plz\na@x.example,ja,01067\nb@x.example,perhaps,1\n"))
    by_mail = dict(Identifier.objects.values_list("value", "contact__attributes"))
    assert by_mail == {"a@x.example": {"vip": True, "plz": "01067"}, "b@x.example": {"plz": "1"}}
    assert ImportReject.objects.get().code == "bad_yes_no"
    made = AttributeDefinition.objects.get(name="plz")
    assert (made.type, made.inferred) == ("text", True)


def test_changes_are_kept_in_history(bring_in, written):
    bring_in(written("id,email,city\n1,old@x.example,Rome\n"), "contacts", "id=external_id")
    source = bring_in(
        written("id,email,city\n1,new@x.example,\n2,b@x.example,Bern\n"), "contacts", "id=external_id"
    )
    assert (source.created, source.updated) == (1, 1)
    contact = Contact.objects.get(identifiers__value="1")
    assert contact.attributes == {"city": "Rome"}
    assert ContactChange.objects.filter(contact=contact).latest("id").changes == {
        "email": ["old@x.example", "new@x.example"]
    }
    assert not Identifier.objects.filter(value="old@x.example").exists()
    terms = set(SearchTerm.objects.filter(contact=contact).values_list("term", flat=True))
    assert "new@x.example" in terms
    assert "old@x.example" not in terms


def test_an_identifier_of_somebody_else_stays_theirs(bring_in, written):
    text = "email,phone\na@x.example,020 7946 0018\nb@x.example,020 7946 0018\n"
    source = bring_in(written(text))
    assert (source.created, source.warnings) == (2, 1)
    assert ImportReject.objects.get().code == "identifier_taken"


def test_counts_of_every_row_add_up(bring_in, written):
    text = "email,n\na@x.example,1\nA@x.example,2\nbad,3\n,4\nb@x.example,5\n"
    bring_in(written("email,n\nb@x.example,5\n"))
    done = bring_in(written(text))
    assert (done.created, done.merged_in_file, done.rejected, done.unchanged) == (1, 1, 2, 1)
    assert done.rows_read == done.rows_total == 5


def test_everybody_downstream_hears_of_it_once(bring_in, written):
    bring_in(written("email,n\na@x.example,1\n"))
    names = list(OutboxEvent.objects.order_by("id").values_list("name", flat=True))
    assert names == ["ImportQueued", "ContactsChanged", "ImportFinished"]
    assert ContactTouch.objects.get().contact_id == Contact.objects.get().pk


def test_a_mapping_that_cannot_work_says_what_to_change(bring_in, written):
    path = written("a,b\n1,2\n")
    for pairs, word in [
        (("a=-",), "who the customer is"),
        (("c=email",), "no column ‘c’"),
        (("a=email", "b=email"), "Two columns go to"),
        (("nonsense",), "no mapping"),
        (("a=x", "b=x", "external_id:=1"), "Two columns would be kept"),
    ]:
        with pytest.raises(UnusablePlan, match=word):
            bring_in(path, "contacts", *pairs)
    with pytest.raises(UnusablePlan, match="when it happened"):
        bring_in(path, "interactions", "a=external_id", "kind:=visit")


def prepared_import(path, kind, noon, *pairs):
    plan = preparing.prepare(path, kind=kind, pairs=pairs, guess=not pairs)
    source = starting.draft(path=path, filename=path.name, prepared=plan, by=None, at=noon)
    starting.start(source=source, by=None, at=noon)
    return source


def test_only_one_works_and_a_silent_one_is_replaced(db, written, noon):
    source = prepared_import(written("email\na@x.example\n"), "contacts", noon)
    leasing.claim(source.pk, worker="elsewhere:1:x", at=noon)
    with pytest.raises(leasing.Busy):
        leasing.claim(source.pk, worker="me", at=noon + timedelta(seconds=59))
    leasing.claim(source.pk, worker="me", at=noon + timedelta(seconds=61))
    with pytest.raises(leasing.LeaseLost):
        leasing.keep(source.pk, worker="elsewhere:1:x", at=noon)
    running.end(source.pk, worker="elsewhere:1:x", state=Import.DONE, at=noon)
    source.refresh_from_db()
    assert source.state == Import.RUNNING


def test_cancelled_between_batches_it_writes_no_more(db, written, noon, monkeypatch):
    monkeypatch.setattr(running, "BATCH", 10)
    rows = "".join(f"p{number}@x.example\n" for number in range(100))
    source = prepared_import(written(f"email\n{rows}"), "contacts", noon)

    def cancel_at_30(state):
        if state.rows_read == 30:
            starting.cancel(source=source, by=None, at=noon)

    with pytest.raises(leasing.LeaseLost):
        running.run(source.pk, worker="me", clock=lambda: noon, progress=cancel_at_30)
    source.refresh_from_db()
    assert (source.state, source.rows_read, Contact.objects.count()) == (Import.CANCELLED, 30, 30)


ELSEWHERE = ("DATABASE_URL", "REDIS_URL", "FACET_MODE")


class Killed(BaseException):
    """What a kill looks like to the code that it ends."""


@pytest.mark.parametrize("kind", ["contacts", "interactions"])
def test_broken_off_and_gone_on_ends_the_same(db, written, noon, monkeypatch, kind):
    monkeypatch.setattr(running, "BATCH", 7)
    rows = "".join(
        f"p{number % 20}@x.example,2024-01-0{number % 3 + 1},{number % 5}\n" for number in range(100)
    )
    path = written(f"email,at,n\n{rows}bad,2024-01-01,1\n")
    source = prepared_import(path, kind, noon)
    while True:
        seen = [0]

        def kill(_, seen=seen):
            seen[0] += 1
            if seen[0] == 3:
                raise Killed

        try:
            done = running.run(source.pk, worker="me", clock=lambda: noon, progress=kill)
            break
        except Killed:
            Import.objects.filter(pk=source.pk).update(worker="")
    counts = (done.rows_read, done.created, done.merged_in_file, done.unchanged, done.rejected)
    if kind == "contacts":
        assert counts == (101, 20, 80, 0, 1)
    else:
        assert counts == (101, 100, 0, 0, 1)
        assert done.contacts_created == 20
    assert Contact.objects.count() == 20
    assert ImportReject.objects.count() == 1


@pytest.mark.integration
def test_kill_9_in_the_middle_of_the_command_then_again(tmp_path):
    rows = "".join(
        f"c{number % 3000},2024-01-{number % 28 + 1:02},{number % 400},1.5\n" for number in range(40_000)
    )
    path = tmp_path / "orders.csv"
    path.write_text(f"who,when,n,price\n{rows}")

    def command(folder, *arguments):
        environment = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
        environment["DJANGO_SETTINGS_MODULE"] = "config.settings"
        environment["FACET_DATA"] = str(tmp_path / folder)
        return subprocess.Popen(
            [sys.executable, "manage.py", *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    load = (
        "import_interactions",
        str(path),
        "--map",
        "who=external_id",
        "when=at",
        "n*price=amount",
        "kind:=buy",
    )
    for folder in ("whole", "killed"):
        output, _ = command(folder, "migrate", "-v0").communicate()
        assert not output
    output, _ = command("whole", *load).communicate()
    assert "40,000 interactions created" in output

    kills = 0
    for _ in range(2):
        process = command("killed", *load)
        for line in process.stdout:
            if line.startswith(("2,000 of", "4,000 of", "6,000 of")) or " of 40,000" in line:
                time.sleep(0.05)
                process.send_signal(signal.SIGKILL)
                kills += 1
                break
        process.wait()
        process.stdout.close()
    output, _ = command("killed", *load).communicate()
    assert kills
    assert _state(tmp_path / "whole") == _state(tmp_path / "killed")
    output, _ = command("killed", *load).communicate()
    assert "0 interactions created" in output
    connections.close_all()


def _state(folder):
    import sqlite3

    database = sqlite3.connect(folder / "facet.sqlite3")
    try:
        return [
            database.execute(statement).fetchall()
            for statement in (
                "SELECT i.value, x.kind, x.at, x.amount, x.properties, x.message_id FROM crm_interaction x"
                " JOIN crm_identifier i ON i.contact_id = x.contact_id ORDER BY x.message_id",
                "SELECT value FROM crm_identifier ORDER BY value",
                "SELECT term FROM crm_searchterm ORDER BY term",
                "SELECT state, rows_read, created, contacts_created, rejected FROM crm_import",
            )
        ]
    finally:
        database.close()
