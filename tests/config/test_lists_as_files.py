"""Tasks, companies, campaigns, their people, reviews and placements as CSV: all pages, no formula, by right."""

from __future__ import annotations

import csv
import io

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.actions.campaigns import create_campaign
from crm.actions import tasks
from crm.domain.csv_dialect import Dialect
from crm.domain.import_plan import Column, ImportPlan
from crm.kit.paging import Page, throughout
from crm.models import AuditEntry, Company, Consent, Contact, Import
from segments.actions.service import voting
from segments.models import Filling, Membership, Placement, Segment

FORMULA = "=1+1"
PLAN = ImportPlan("contacts", Dialect(), (Column("email"),))
FILES = {
    "/tasks.csv?whose=all": (("marketer", "manager"), ("service", "service lead")),
    "/companies.csv": (("marketer", "manager"), ("service", "service lead")),
    "/reviews.csv": (("marketer", "service lead"), ("service",)),
    "/campaigns/export.csv": (("marketer", "manager"), ("service",)),
    "/campaigns/{campaign}/audience/unrecorded.csv": (("marketer", "manager"), ("service", "service lead")),
    "/segments/evil/hand.csv": (("marketer", "manager"), ("service", "service lead")),
}


@pytest.fixture
def evil(person, noon):
    """A segment, a company, a campaign, a task and a review whose every word is a formula."""
    company = Company.objects.create(name=FORMULA)
    customer = Contact.objects.create(first_name=FORMULA, company=company)
    rule = {"version": 1, "rule": {"all": []}}
    segment = Segment.objects.create(slug="evil", name=FORMULA, rule=rule, size=1, evaluated_at=noon)
    Membership.objects.create(segment=segment, contact=customer, since=noon)
    by = person("marketer")
    tasks.add(contact=customer, title=FORMULA, due_on=None, assignee=by, by=by, at=noon)
    terms = {"channel": "email", "purpose": "offers", "subject": "x", "message": "x"}
    campaign = create_campaign(
        name=FORMULA, segment=segment, objective=FORMULA, **terms, owner=by, by=by, at=noon
    )
    Placement.objects.create(segment=segment, contact=customer, included=True, reason=FORMULA, at=noon, by=by)
    voting.ask_for_review(segment=segment, why=FORMULA, by=by, at=noon)
    return campaign


def lines(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))


@pytest.mark.parametrize("address", FILES)
def test_formulas_are_disarmed_and_who_may_not_is_refused(address, evil, signed_in):
    path = address.format(campaign=evil.pk)
    may, may_not = FILES[address]
    for role in may:
        answer = signed_in(role).get(path)
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/csv")
        header, row = lines(answer)
        assert len(header) == len(row)
        assert f"'{FORMULA}" in row
        assert FORMULA not in row
    for role in may_not:
        assert signed_in(role).get(path).status_code == 403


def test_a_page_offers_its_file_only_to_those_who_may_have_it(evil, signed_in):
    for page, file in (
        ("/tasks/?whose=all", "/tasks.csv?whose=all"),
        ("/companies/", "/companies.csv?"),
        ("/segments/evil/hand/", "/segments/evil/hand.csv?"),
    ):
        assert file in signed_in("marketer").get(page).content.decode()
        assert file not in signed_in("service lead").get(page).content.decode()
    audience = f"/campaigns/{evil.pk}/audience/unrecorded"
    assert f"{audience}.csv" in signed_in("manager").get(f"{audience}/").content.decode()
    assert "/campaigns/export.csv?" in signed_in("manager").get("/campaigns/").content.decode()
    assert "/reviews.csv" in signed_in("service lead").get("/reviews/").content.decode()


OF_PEOPLE = [
    "/contacts/export.csv",
    "/contacts/export.csv?q=anna&tag=x",
    "/tasks.csv",
    "/imports/{imported}/rejects.csv",
    "/campaigns/{campaign}/audience/allowed.csv",
    "/segments/evil/hand.csv",
    "/segments/evil/members.csv",
    "/segments/evil/past/members.csv",
    "/segments/evil/log.csv",
    "/segments/evil/feedback.csv",
    "/segments/evil/filled/{filling}.csv",
    "/segments/evil/crossing/came.csv",
    "/segments/people.csv?in=evil",
    "/segments/movement/people.csv?in=evil&source=evil",
]


@pytest.mark.parametrize("address", OF_PEOPLE)
def test_a_file_of_customers_is_in_the_audit_before_its_first_line(
    address, evil, noon, person, signed_in, settings, tmp_path
):
    settings.MIRROR_DIR = tmp_path / "mirror"
    segment = Segment.objects.get()
    filling = Filling.objects.create(segment=segment, source="paste", given=1, found=0, added=0, at=noon)
    imported = Import.objects.create(kind="contacts", filename="x.csv", path="x.csv", plan=PLAN.to_dict())
    path = address.format(campaign=evil.pk, imported=imported.pk, filling=filling.pk)
    client = signed_in("administrator")
    before = AuditEntry.objects.filter(action="contacts.exported")
    assert client.head(path).status_code == 200
    assert not before.exists()
    answer = client.get(path)
    assert answer.status_code == 200
    entry = before.get()
    (header, *_) = lines(answer)
    assert (entry.by, entry.subject) == (person("administrator"), "contacts")
    assert entry.detail["address"] == path.partition("?")[0]
    assert entry.detail["columns"] == header
    assert f'filename="{entry.detail["file"]}"' in answer["Content-Disposition"]
    assert "anna" not in str(entry.detail)
    assert entry.detail["narrowed_by"] == (["q", "tag"] if "q=anna" in path else entry.detail["narrowed_by"])


def test_who_may_not_have_a_file_leaves_no_line(evil, signed_in):
    assert signed_in("service").get("/contacts/export.csv").status_code == 403
    assert not AuditEntry.objects.filter(action="contacts.exported").exists()


def test_a_file_holds_what_its_page_is_narrowed_to(evil, person, noon, signed_in):
    client, by = signed_in("marketer"), person("marketer")
    Company.objects.bulk_create(Company(name=f"Alp {number:04}") for number in range(1_203))
    assert len(lines(client.get("/companies.csv"))) == 1 + 1_204
    assert [row[1] for row in lines(client.get("/companies.csv?q=ALP 12"))[1:]] == [
        "Alp 1200", "Alp 1201", "Alp 1202"
    ]  # fmt: skip
    customer = Contact.objects.get()
    task = tasks.add(contact=customer, title="Call", due_on=noon.date(), assignee=None, by=by, at=noon)
    tasks.finish(task=task, by=by, at=noon)
    assert [row[2] for row in lines(client.get("/tasks.csv?whose=all&state=done"))[1:]] == ["Call"]
    assert [row[2] for row in lines(client.get("/tasks.csv"))[1:]] == [f"'{FORMULA}"]
    assert len(lines(client.get("/campaigns/export.csv?state=approved"))) == 1
    assert len(lines(client.get("/segments/evil/hand.csv?past=1"))) == 1
    Consent.objects.create(contact=customer, channel="email", purpose="offers", granted=False, since=noon)
    assert len(lines(client.get(f"/campaigns/{evil.pk}/audience/unrecorded.csv"))) == 1
    (_, row) = lines(client.get(f"/campaigns/{evil.pk}/audience/withdrawn.csv"))
    assert row == [str(customer.pk), f"'{FORMULA}", "", noon.isoformat()]
    assert client.get(f"/campaigns/{evil.pk}/audience/nobody.csv").status_code == 404


def test_a_long_file_is_read_while_it_is_sent(db, signed_in):
    client = signed_in("marketer")
    Company.objects.bulk_create(Company(name=f"Alp {number:04}") for number in range(1_203))
    answer = client.get("/companies.csv")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert sum(1 for _ in answer.streaming_content) == 2 + 1_203
    assert len(asked) == 6, "two for each five hundred"


def test_throughout_reads_each_page_once_and_only_when_it_is_needed():
    pages = {"": Page([1, 2], "2", True, 2), "2": Page([3], "", False, 2)}
    read = []

    def reading(after):
        read.append(after)
        return pages[after]

    rows = throughout(reading)
    assert next(rows) == 1
    assert read == [""]
    assert list(rows) == [2, 3]
    assert read == ["", "2"]
