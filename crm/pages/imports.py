"""Imports on screen: upload, progress, result, and the rows that were set aside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.actions.importing import preparing, starting
from crm.actions.importing.uploading import forget_upload, keep_upload
from crm.domain.csv_dialect import DELIMITERS, UnusableFile
from crm.domain.import_plan import CONTACTS, FIELDS, INTERACTIONS, LEFT_OUT, ImportPlan, UnusablePlan
from crm.domain.roles import Permission
from crm.kit.clock import now
from crm.kit.figures import figure
from crm.kit.forms import Form
from crm.models import Import
from crm.pages.access import allow
from crm.pages.files import file_of_people
from crm.queries.imports import cells_of, import_page, reasons, reject_page, rejects

WORDS = {CONTACTS: "Customers", INTERACTIONS: "Interactions"}
STATES: dict[str, tuple[str, str, str]] = {
    Import.DRAFT: ("Waits for its mapping", "calm", "edit"),
    Import.QUEUED: ("Waits for a worker", "calm", "clock"),
    Import.RUNNING: ("At work", "calm", "clock"),
    Import.DONE: ("Done", "good", "check"),
    Import.FAILED: ("Stopped", "bad", "cross"),
    Import.CANCELLED: ("Cancelled", "warn", "no"),
}
ENCODING_WORDS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a mark",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16, big end first",
    "cp1252": "Windows (cp1252)",
}
ORDER_WORDS = {
    "ymd": "2026-03-04, year first",
    "dmy": "4/3/2026, day first",
    "mdy": "3/4/2026, month first",
}
DECIMAL_WORDS = {".": "point: 1,234.50", ",": "comma: 1.234,50"}
DELIMITER_WORDS = {sign: name.title() for sign, name in DELIMITERS.items()}
ACTIVE = (Import.QUEUED, Import.RUNNING)


class UploadForm(Form):
    """A file and what stands in it."""

    kind = forms.ChoiceField(
        label="What does each row hold?",
        choices=[
            (CONTACTS, "A customer"),
            (INTERACTIONS, "Something a customer did: a purchase, a visit, a call"),
        ],
        initial=CONTACTS,
    )
    file = forms.FileField(
        label="File",
        help_text="CSV, packed with gzip or not. The first line names the columns.",
        error_messages={"empty": "The file is empty. It needs a line of headings and at least one row."},
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MAX_BYTES:
            most = figure(settings.IMPORT_MAX_BYTES // 2**20)
            raise forms.ValidationError(
                f"This file has {figure(file.size // 2**20)} MB; this page takes {most} MB. Pack it with gzip, "
                "split it, or let an administrator use the command."
            )
        return file


def shown(source: Import) -> dict[str, Any]:
    """An import with the words for its state."""
    words, tone, icon = STATES[source.state]
    return {
        "source": source,
        "kind_words": WORDS[source.kind],
        "state_words": words,
        "tone": tone,
        "icon": icon,
        "active": source.state in ACTIVE,
        "begun": source.state not in (Import.DRAFT, Import.QUEUED),
    }


def reading(plan: ImportPlan) -> list[tuple[str, str]]:
    """How the file was read, in words: what, and how."""
    dialect = plan.dialect
    encoding = ENCODING_WORDS.get(dialect.encoding, dialect.encoding)
    lines = [
        ("Encoding", f"{encoding}, packed with gzip" if dialect.gzipped else encoding),
        ("Between cells", DELIMITER_WORDS.get(dialect.delimiter, dialect.delimiter)),
        ("Dates", ORDER_WORDS[plan.date_order]),
        ("Decimal sign", DECIMAL_WORDS[plan.decimal]),
    ]
    words = FIELDS[plan.kind]
    lines += [(words.get(name, name), f"‘{value}’ in every row") for name, value in plan.constants.items()]
    if any(plan.product):
        lines.append(("Amount", " × ".join(plan.product)))
    for column in plan.columns:
        if column.kept_as:
            lines.append((column.header, f"kept as {column.kept_as} ({column.type})"))
        else:
            lines.append(
                (column.header, words.get(column.target, "") if column.target != LEFT_OUT else "left out")
            )
    return lines


@allow(Permission.IMPORT)
@require_safe
def imports(request: HttpRequest) -> HttpResponse:
    """All imports, newest first."""
    page = import_page(after=request.GET.get("after", ""))
    context = {"page": page, "rows": [shown(source) for source in page.rows]}
    return render(request, "crm/imports.html", context)


@allow(Permission.IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def import_new(request: HttpRequest) -> HttpResponse:
    """Upload a file; it is looked at and its mapping proposed."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        path = keep_upload(file.chunks())
        try:
            prepared = preparing.prepare(path, kind=form.cleaned_data["kind"], glance=True)
        except (UnusableFile, UnusablePlan) as error:
            forget_upload(path)
            form.add_error("file", str(error))
        else:
            source = starting.draft(
                path=path,
                filename=Path(file.name).name,
                prepared=prepared,
                by=request.user,  # type: ignore[arg-type]
                at=now(),
            )
            return redirect("import_mapping", source.pk)
    return render(request, "crm/import_new.html", {"form": form}, status=422 if form.errors else 200)


@allow(Permission.IMPORT)
@require_safe
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """How far an import is, and what came of it. htmx gets the progress alone, and a refresh at the end."""
    source = get_object_or_404(Import.objects.select_related("created_by"), pk=pk)
    if source.state == Import.DRAFT:
        return redirect("import_mapping", pk)
    if request.htmx:  # type: ignore[attr-defined]
        response = render(request, "crm/_import_progress.html", shown(source))
        if source.state not in ACTIVE:
            response["HX-Refresh"] = "true"
        return response
    warnings = request.GET.get("show") == "warnings" or (not source.rejected and source.warnings > 0)
    page = reject_page(source, warnings=warnings, after=request.GET.get("after", ""))
    context = {
        **shown(source),
        "page": page,
        "warnings": warnings,
        "rows": [(row, [cell for cell in cells_of(row) if cell.strip()]) for row in page.rows],
        "reasons": [
            {**reason, "words": reason["code"].replace("_", " ").replace("email", "e-mail").capitalize()}
            for reason in reasons(source)
            if reason["warning"] == warnings
        ],
        "reading": reading(ImportPlan.from_dict(source.plan)),
    }
    return render(request, "crm/import_detail.html", context)


@allow(Permission.IMPORT)
@require_safe
def import_rejects_csv(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The rejected rows with their reasons, to be mended and imported again."""
    source = get_object_or_404(Import, pk=pk)
    plan = ImportPlan.from_dict(source.plan)
    header = ["Row", "Reason", *(column.header for column in plan.columns)]
    rows = ((row.row, row.reason, *cells_of(row)) for row in rejects(source))
    return file_of_people(request, f"rejected-rows-of-import-{source.pk}.csv", header, rows)


@allow(Permission.IMPORT)
@require_POST
def import_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop an import; what was read stays."""
    source = get_object_or_404(Import, pk=pk)
    try:
        starting.cancel(source=source, by=request.user, at=now())  # type: ignore[arg-type]
    except starting.Finished as error:
        messages.warning(request, str(error))
        return redirect("import_detail", pk)
    messages.success(request, f"The import of {source.filename} was cancelled. Rows read before are kept.")
    return redirect("imports")


@allow(Permission.IMPORT)
@require_POST
def import_retry(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a stopped import go on after the last row it read."""
    source = get_object_or_404(Import, pk=pk)
    try:
        starting.start(source=source, by=request.user, at=now())  # type: ignore[arg-type]
    except (starting.Finished, UnusablePlan) as error:
        messages.warning(request, str(error))
    return redirect("import_detail", pk)
