"""The four messy exports, row by row."""

import json

import pytest

from crm.actions import contacts
from crm.models import Consent, ConsentEntry, Contact, Identifier, ImportReject

pytestmark = pytest.mark.shared
FILES = [
    "excel_de_cp1252_semicolon_ddmmyyyy",
    "google_contacts_utf8",
    "hubspot_export_utf8bom_crlf",
    "mailchimp_audience_utf8_lf",
]


def known(emails, noon):
    for email in emails:
        contacts.create(identifiers=[contacts.Naming("email", email)], by=None, at=noon)


def person(email):
    return Contact.objects.get(identifiers__kind="email", identifiers__value=email)


@pytest.fixture
def imported(shared_data, bring_in, noon):
    def run(name):
        folder = shared_data / "05_messy_csv"
        expected = json.loads((folder / f"{name}.expected.json").read_text())
        known(expected["existing_contacts_before_import"], noon)
        return bring_in(folder / expected["file"]), expected

    return run


@pytest.mark.parametrize("name", FILES)
def test_every_row_ends_as_expected(imported, name):
    source, expected = imported(name)
    counts = expected["expected"]
    assert source.state == "done", source.error
    assert source.plan["dialect"]["encoding"] == expected["encoding"]
    assert source.plan["dialect"]["delimiter"] == expected["delimiter"]
    assert source.rows_read == counts["data_rows"]
    assert source.created == counts["created"]
    assert source.updated + source.unchanged == counts["updated_existing"]
    assert source.merged_in_file == counts["merged_in_file"]
    assert source.rejected == counts["rejected"]
    rejected = {row.row: row.code for row in ImportReject.objects.filter(warning=False)}
    assert rejected == {row["row"]: row["reason"] for row in expected["rows"] if row["outcome"] == "rejected"}
    keys = {row["key"] for row in expected["rows"] if row["outcome"] != "rejected"}
    assert set(Identifier.objects.filter(kind="email").values_list("value", flat=True)) == keys


@pytest.mark.parametrize("name", FILES)
def test_a_second_import_changes_nothing(imported, bring_in, shared_data, name):
    first, expected = imported(name)
    before = list(Contact.objects.order_by("pk").values()), list(ConsentEntry.objects.values())
    again = bring_in(shared_data / "05_messy_csv" / expected["file"])
    assert again.created == 0
    assert again.rejected == first.rejected
    assert (list(Contact.objects.order_by("pk").values()), list(ConsentEntry.objects.values())) == before


def warned(column):
    return {(row.row, row.raw) for row in ImportReject.objects.filter(warning=True, column=column)}


def test_excel(imported):
    imported(FILES[0])
    juergen = person("juergen@example.de")
    assert (juergen.first_name, juergen.last_name) == ("Jürgen", "Grösser")
    assert juergen.attributes["Geburtsdatum"] == "1980-04-03"
    assert juergen.attributes["Umsatz"] == 1234.56
    assert juergen.attributes["PLZ"] == "01067"
    assert juergen.attributes["Ort"] == "Leipzig"
    assert juergen.attributes["Newsletter"] == "ja"
    assert Identifier.objects.filter(contact=juergen, kind="external_id", value="00017").exists()
    anais = person("anais@example.fr")
    assert (anais.last_name, anais.attributes["Letzter Kauf"]) == ("Œuvré", "2024-02-01")
    renee = person("renee@example.fr")
    assert renee.last_name == "d’Été"
    assert "Geburtsdatum" not in renee.attributes
    assert person("jose@example.es").attributes["Umsatz"] == -15.5
    semi = person("semi@example.de")
    assert (semi.first_name, semi.last_name) == ("Semi;colon", 'In "Quotes"')
    assert person("euro@example.de").attributes["Umsatz"] == 5
    assert warned("Geburtsdatum") == {(3, "31/02/2024"), (4, "12/13/1990")}


def test_google(imported):
    imported(FILES[1])
    rob = person("rob@acme.example")
    assert rob.attributes["Birthday"] == "--03-07"
    assert rob.attributes["Address 1 - Postal Code"] == "01103"
    assert rob.attributes["tags"] == ["myContacts", "Work"]
    assert Identifier.objects.get(contact=rob, kind="phone").value == "+14155550134"
    ann = person("ann.lee@example.com")
    assert "Birthday" not in ann.attributes
    assert Identifier.objects.get(contact=ann, kind="phone").value == "+491701234567"
    assert warned("Birthday") == {(7, "1990-02-30")}


def test_hubspot(imported):
    imported(FILES[2])
    camille = person("camille@example.com")
    assert (camille.first_name, camille.last_name) == ("Camille", "Durand")
    assert camille.attributes["Lifecycle Stage"] == "Customer"
    assert camille.attributes["Notes"] == 'Met at "Salon Pro",\r\nwants a demo\r\nnext week'
    assert camille.company.name == "Durand & Fils"
    john = person("john.smith@example.com")
    assert not Consent.objects.get(contact=john, channel="email").granted
    # “false” in a column of the unsubscribed is no consent.
    assert not Consent.objects.filter(contact=person("zoe.mueller@example.de")).exists()
    assert warned("Create Date") == {(9, "2024-13-45 10:00")}
    assert (9, "555") in warned("Phone Number")


def test_mailchimp(imported):
    imported(FILES[3])
    assert person("ada@lovelace.example").attributes["tags"] == ["VIP", "denver, co", "2024 lead"]
    assert not Consent.objects.get(contact=person("left@example.com"), channel="email").granted
    assert Consent.objects.get(contact=person("ok@sub.domain.museum"), channel="email").granted


def test_nobody_is_subscribed_again(bring_in, written, noon):
    bring_in(written("email,opt in\nada@x.example,no\n"))
    bring_in(written("email,opt in\nada@x.example,yes\n"))
    assert not Consent.objects.get().granted
    assert ConsentEntry.objects.count() == 1
    assert ImportReject.objects.get().code == "consent_kept"


def test_nobody_is_subscribed_who_left(bring_in, written):
    bring_in(written("email,unsub time,opt in\na@x.example,2024-01-02 10:00,yes\nb@x.example,,yes\n"))
    assert dict(Consent.objects.values_list("contact__identifiers__value", "granted")) == {
        "a@x.example": False,
        "b@x.example": True,
    }
