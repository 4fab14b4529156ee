"""What is done on a customer's page: notes, interactions, consent, tags, erasure."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.actions import consents, erasing, interactions, notes, tagging
from crm.domain.roles import Permission
from crm.kit.clock import now
from crm.kit.forms import Form
from crm.models import Contact, Note
from crm.pages.access import allow, colleague
from crm.pages.contact_forms import ConsentForm, InteractionForm, NoteForm
from crm.pages.contacts import living_contact
from crm.queries.ledger import ledger_page, what_goes


@allow(Permission.EDIT_CONTACTS)
@require_http_methods(["GET", "HEAD", "POST"])
def note_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a note."""
    contact = living_contact(pk)
    form = NoteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            notes.add(contact=contact, body=form.cleaned_data["body"], by=colleague(request), at=now())
        except notes.NoteRefused as refusal:
            form.add_error("body", str(refusal))
        else:
            messages.success(request, "The note is kept.")
            return redirect("contact", pk)
    return _entry(request, contact, form, "Write a note", "Keep note")


@allow(Permission.EDIT_CONTACTS)
@require_http_methods(["GET", "HEAD", "POST"])
def note_edit(request: HttpRequest, pk: int, note_pk: int) -> HttpResponse:
    """Change what a note says."""
    contact = living_contact(pk)
    note = get_object_or_404(Note, pk=note_pk, contact=contact, removed_at__isnull=True)
    form = NoteForm(request.POST if request.method == "POST" else None, initial={"body": note.body})
    if request.method == "POST" and form.is_valid():
        try:
            notes.edit(note=note, body=form.cleaned_data["body"], by=colleague(request), at=now())
        except notes.NoteRefused as refusal:
            form.add_error("body", str(refusal))
        else:
            messages.success(request, "The note is changed.")
            return redirect("contact", pk)
    return _entry(request, contact, form, "Edit note", "Keep changes")


@allow(Permission.EDIT_CONTACTS)
@require_POST
def note_remove(request: HttpRequest, pk: int, note_pk: int) -> HttpResponse:
    """Take a note away; the page offers to bring it back."""
    note = get_object_or_404(Note, pk=note_pk, contact=living_contact(pk))
    notes.remove(note=note, by=colleague(request), at=now())
    return redirect(f"{reverse('contact', args=[pk])}?removed={note.pk}")


@allow(Permission.EDIT_CONTACTS)
@require_POST
def note_restore(request: HttpRequest, pk: int, note_pk: int) -> HttpResponse:
    """Bring a removed note back."""
    note = get_object_or_404(Note, pk=note_pk, contact=living_contact(pk))
    notes.restore(note=note, by=colleague(request), at=now())
    messages.success(request, "The note is back.")
    return redirect("contact", pk)


@allow(Permission.EDIT_CONTACTS)
@require_http_methods(["GET", "HEAD", "POST"])
def interaction_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Log a call, a meeting, an e-mail."""
    contact = living_contact(pk)
    fresh = {"message_id": uuid4().hex, "happened_at": now()}
    form = InteractionForm(request.POST if request.method == "POST" else None, initial=fresh)
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            interactions.record_interaction(
                contact=contact,
                kind=entered["kind"],
                happened_at=entered["happened_at"],
                message_id=entered["message_id"],
                properties={"summary": entered["summary"], "direction": entered["direction"]},
                by=colleague(request),
                at=now(),
            )
        except interactions.InteractionRefused as refusal:
            form.add_error("happened_at", str(refusal))
        else:
            messages.success(request, "It is on the timeline.")
            return redirect("contact", pk)
    return _entry(request, contact, form, "Log a conversation", "Log it")


@allow(Permission.RECORD_CONSENT)
@require_http_methods(["GET", "HEAD", "POST"])
def consent_record(request: HttpRequest, pk: int) -> HttpResponse:
    """Record what a customer allows."""
    contact = living_contact(pk)
    form = ConsentForm(request.POST if request.method == "POST" else None, initial={"given_at": now()})
    if request.method == "POST" and form.is_valid():
        try:
            consents.record(contact=contact, by=colleague(request), at=now(), **form.cleaned_data)
        except consents.ConsentRefused as refusal:
            form.add_error("given_at", str(refusal))
        else:
            messages.success(request, "The answer is in the ledger.")
            return redirect("contact", pk)
    return _entry(request, contact, form, "Record consent", "Record answer")


@allow(Permission.VIEW_CONTACTS)
@require_safe
def consent_ledger(request: HttpRequest, pk: int) -> HttpResponse:
    """Every answer a customer ever gave, newest first."""
    contact = living_contact(pk)
    page = ledger_page(contact, after=request.GET.get("after", ""))
    may_consent = colleague(request).may(Permission.RECORD_CONSENT)
    return render(
        request, "crm/consent_ledger.html", {"contact": contact, "page": page, "may_consent": may_consent}
    )


@allow(Permission.EDIT_CONTACTS)
@require_POST
def contact_tag(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a tag on one customer."""
    contact = living_contact(pk)
    try:
        tagging.tag_many(
            contact_ids=[contact.pk], tag=request.POST.get("tag", ""), by=colleague(request), at=now()
        )
    except tagging.TagRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("contact", pk)


@allow(Permission.EDIT_CONTACTS)
@require_POST
def contact_untag(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a tag off one customer; the page offers to put it back."""
    contact = living_contact(pk)
    tag = request.POST.get("tag", "")
    try:
        tagging.untag(contact_ids=[contact.pk], tag=tag, by=colleague(request), at=now())
    except tagging.TagRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("contact", pk)
    return redirect(f"{reverse('contact', args=[pk])}?untagged={quote(tag)}")


@allow(Permission.ERASE_CONTACTS)
@require_http_methods(["GET", "HEAD", "POST"])
def contact_erase(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what goes, then erase. This cannot be undone, so the number is asked for."""
    contact = living_contact(pk)
    wrong = False
    if request.method == "POST":
        wrong = request.POST.get("number", "").strip() != str(pk)
        if not wrong:
            erasing.erase(contact=contact, by=colleague(request), at=now())
            messages.success(request, f"Customer {pk} is erased.")
            return redirect("contacts")
    context = {"contact": contact, "goes": what_goes(contact), "wrong": wrong}
    return render(request, "crm/contact_erase.html", context, status=422 if wrong else 200)


def _entry(request: HttpRequest, contact: Contact, form: Form, title: str, button: str) -> HttpResponse:
    """The page of a small form about a contact: what dialogs open where there is no script, or something is wrong."""
    context: dict[str, Any] = {"contact": contact, "form": form, "title": title, "button": button}
    return render(request, "crm/contact_entry.html", context, status=422 if form.errors else 200)
