"""Imports on screen."""

import csv
import io
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from crm.actions.importing import running
from crm.kit.clock import now
from crm.models import Contact, Import, ImportReject, Interaction
from crm.tasks import resume_imports, run_import

EVIL = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def uploads(tmp_path, settings):
    settings.UPLOAD_DIR = tmp_path / "uploads"
    return settings.UPLOAD_DIR


@pytest.fixture
def marketer(signed_in):
    return signed_in("marketer")


def upload(client, content, kind="contacts", name="people.csv"):
    file = SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)
    return client.post(reverse("import_new"), {"kind": kind, "file": file})


def begin(client, content, of="contacts", **fields):
    response = upload(client, content, of)
    source = Import.objects.latest("pk")
    assert response.url == reverse("import_mapping", args=[source.pk])
    response = client.post(response.url, {"step": "start", **fields})
    assert response.status_code == 302, response.content.decode()
    run_import(source.pk)
    source.refresh_from_db()
    return source


def test_from_upload_to_result(marketer):
    empty = marketer.get(reverse("imports")).content.decode()
    assert "Nothing imported yet" in empty
    source = begin(marketer, "E-mail,Vorname,City\na@x.example,Ada,Rome\nbad,Bob,Bern\n")
    assert (source.state, source.created, source.rejected) == ("done", 1, 1)
    assert Contact.objects.get().attributes == {"City": "Rome"}
    page = marketer.get(reverse("import_detail", args=[source.pk])).content.decode()
    assert "is no e-mail address" in page
    assert "every 1s" not in page
    assert "people.csv" in marketer.get(reverse("imports")).content.decode()


def test_a_mapping_can_be_changed(marketer):
    source = begin(
        marketer,
        "who,what\n1,x\n",
        **{"target-0": "external_id", "target-1": "", "name-1": "Thing", "type-1": "list"},
    )
    assert source.state == "done", source.error
    assert Contact.objects.get().attributes == {"Thing": ["x"]}


def test_a_mapping_that_cannot_work_keeps_what_was_entered(marketer):
    response = upload(marketer, "a,b\n1,2\n")
    response = marketer.post(
        response.url,
        {"step": "start", "target-0": "", "name-0": "My own name", "type-0": "text", "target-1": "-"},
    )
    assert response.status_code == 422
    page = response.content.decode()
    assert "No column says who the customer is" in page
    assert "My own name" in page
    assert '<option value="-" selected' in page


def test_interactions_with_a_kind_and_a_product(marketer):
    text = "customer id,date,n,price\n1,2024-05-01,2,1.5\n"
    source = begin(marketer, text, "interactions", kind="purchase", quantity="n", price="price")
    assert source.state == "done", source.error
    interaction = Interaction.objects.get()
    assert (interaction.kind, interaction.amount) == ("purchase", 3)


def test_looking_again_with_other_settings_keeps_the_mapping(marketer):
    response = upload(marketer, "mail,day\na@x.example,3/4/2024\n")
    page = marketer.get(response.url).content.decode()
    assert "read either way" in page
    page = marketer.post(
        response.url,
        {"step": "look", "date_order": "mdy", "target-0": "email", "target-1": "", "name-1": "When"},
    ).content.decode()
    assert "read either way" not in page
    assert 'value="When"' in page
    plan = Import.objects.get().plan
    assert plan["date_order"] == "mdy"
    assert plan["columns"][1]["name"] == "When"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("", "empty"), (b"PK\x03\x04..", "Excel workbook"), (b"\x1f\x8bbroken", "cannot be read")],
)
def test_an_unusable_file_says_so_and_is_not_kept(marketer, uploads, content, sentence):
    response = upload(marketer, content)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert not Import.objects.exists()
    assert not list(Path(uploads).glob("*"))


def test_too_large_a_file(marketer, settings):
    settings.IMPORT_MAX_BYTES = 10
    response = upload(marketer, "email\na@x.example\n")
    assert response.status_code == 422
    assert "this page takes" in response.content.decode()


def test_strangers_texts_are_texts(marketer):
    text = f"email,{EVIL}\n{EVIL},{EVIL}\n"
    response = upload(marketer, text, name=f"{EVIL}.csv")
    assert EVIL not in marketer.get(response.url).content.decode()
    source = Import.objects.get()
    marketer.post(response.url, {"step": "start"})
    run_import(source.pk)
    for url in (reverse("import_detail", args=[source.pk]), reverse("imports")):
        assert EVIL not in marketer.get(url).content.decode()


def test_rejected_rows_download_with_formulas_disarmed(marketer):
    source = begin(marketer, 'email,note\n=1+1,"=HYPERLINK(""x"")"\n')
    response = marketer.get(reverse("import_rejects_csv", args=[source.pk]))
    rows = list(csv.reader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert rows[0] == ["Row", "Reason", "email", "note"]
    assert rows[1][2:] == ["'=1+1", '\'=HYPERLINK("x")']


def test_a_disarmed_cell_comes_back_as_it_was(marketer):
    begin(marketer, "email,note\na@x.example,'=1+1\nb@x.example,'quoted'\n")
    notes = set(Contact.objects.values_list("attributes__note", flat=True))
    assert notes == {"=1+1", "'quoted'"}


def test_progress_polls_while_there_is_something_to_wait_for(marketer):
    response = upload(marketer, "email\na@x.example\n")
    marketer.post(response.url, {"step": "start"})
    source = Import.objects.get()
    url = reverse("import_detail", args=[source.pk])
    waiting = marketer.get(url, headers={"hx-request": "true"})
    assert "hx-trigger" in waiting.content.decode()
    run_import(source.pk)
    done = marketer.get(url, headers={"hx-request": "true"})
    assert "hx-trigger" not in done.content.decode()
    assert done["HX-Refresh"] == "true"


def test_cancelled(marketer, uploads):
    response = upload(marketer, "email\na@x.example\n")
    source = Import.objects.get()
    marketer.post(response.url, {"step": "start"})
    assert marketer.post(reverse("import_cancel", args=[source.pk])).status_code == 302
    run_import(source.pk)
    source.refresh_from_db()
    assert (source.state, Contact.objects.count()) == ("cancelled", 0)


def test_a_file_that_vanished_stops_the_import_with_a_sentence(marketer):
    response = upload(marketer, "email\na@x.example\n")
    source = Import.objects.get()
    marketer.post(response.url, {"step": "start"})
    Path(source.path).unlink()
    run_import(source.pk)
    page = marketer.get(reverse("import_detail", args=[source.pk])).content.decode()
    assert "no longer where it was" in page
    assert "Try again" in page
    assert marketer.post(reverse("import_retry", args=[source.pk])).status_code == 302
    source.refresh_from_db()
    assert source.state == "queued"


def test_the_sweep_takes_up_what_waits_and_forgets_files_of_the_ended(marketer, uploads, monkeypatch):
    sent = []
    monkeypatch.setattr(run_import, "delay", sent.append)
    response = upload(marketer, "email\na@x.example\n")
    source = Import.objects.get()
    resume_imports()
    assert sent == []
    marketer.post(response.url, {"step": "start"})
    resume_imports()
    assert sent == [source.pk]
    running.run(source.pk, worker="w", clock=now)
    resume_imports()
    assert sent == [source.pk]
    assert not list(Path(uploads).glob("*"))


@pytest.mark.parametrize("role", ["service", "manager"])
def test_others_may_not(signed_in, role):
    client = signed_in(role)
    assert client.get(reverse("imports")).status_code == 403
    assert client.post(reverse("import_new")).status_code == 403


def test_strangers_are_asked_to_sign_in(client, db):
    response = client.get(reverse("imports"))
    assert response.status_code == 302
    assert reverse(settings.LOGIN_URL) in response.url


def test_pages_have_a_fixed_number_of_queries(marketer, django_assert_max_num_queries):
    source = begin(marketer, "email\n" + "bad\n" * 120)
    assert ImportReject.objects.count() == 120
    with django_assert_max_num_queries(9):
        page = marketer.get(reverse("import_detail", args=[source.pk])).content.decode()
    assert "Next 50" in page
    with django_assert_max_num_queries(7):
        marketer.get(reverse("imports"))
