"""Customers: the list, one customer's page, making and editing them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods, require_safe

from crm.actions import contacts as writing
from crm.domain.roles import Permission
from crm.domain.timeline import GROUPS
from crm.kit.clock import now
from crm.kit.figures import duration
from crm.models import AttributeDefinition, Contact, Note, User
from crm.pages.access import allow, colleague
from crm.pages.contact_forms import ConsentForm, ContactForm, InteractionForm, NoteForm, TaskForm
from crm.pages.selecting import choices_of, company_of, selection_of, table_of
from crm.panels import bulk_for, panels_for
from crm.queries import contacts as reading
from crm.queries import finding, tasks, timeline
from crm.queries.accounts import current_account
from crm.queries.duplicates import like
from crm.queries.merging import merges_into, undoable_until
from crm.queries.origins import origins_of


@allow(Permission.VIEW_CONTACTS)
@require_safe
def contacts(request: HttpRequest) -> HttpResponse:
    """The list; for htmx only its rows."""
    selection = selection_of(request.GET)
    found = finding.find(selection, after=request.GET.get("after", ""), country=current_account().country)
    context: dict[str, Any] = {
        "found": found,
        "page": found.page,
        **table_of(request, found.page.rows, selection),
        "total": found.total,
        "selection": selection,
        "may_bulk": request.user.may(Permission.BULK_EDIT),  # type: ignore[union-attr]
        "bulk": bulk_for(colleague(request)),
        "may_export": request.user.may(Permission.EXPORT_CONTACTS),  # type: ignore[union-attr]
        "may_edit": request.user.may(Permission.EDIT_CONTACTS),  # type: ignore[union-attr]
        "may_merge": request.user.may(Permission.MERGE_CONTACTS),  # type: ignore[union-attr]
        "may_import": request.user.may(Permission.IMPORT),  # type: ignore[union-attr]
    }
    fragment = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    if fragment:
        response = render(request, "crm/_contact_rows.html", context)
    else:
        context |= {"filters": choices_of(request, selection), "company": company_of(selection)}
        response = render(request, "crm/contacts.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@allow(Permission.EDIT_CONTACTS)
@require_http_methods(["GET", "HEAD", "POST"])
def contact_new(request: HttpRequest) -> HttpResponse:
    """A new customer."""
    form = ContactForm(
        request.POST if request.method == "POST" else None, definitions=_definitions(request.user)
    )
    taken = None
    if request.method == "POST" and form.is_valid():
        try:
            contact = writing.create(
                first_name=form.cleaned_data["first_name"],
                last_name=form.cleaned_data["last_name"],
                company=form.cleaned_data["company"],
                identifiers=form.naming(),
                attributes=form.attributes(),
                by=colleague(request),
                at=now(),
            )
        except writing.ContactRefused as refusal:
            taken = getattr(refusal, "owner", None)
            form.blame(refusal.field, str(refusal))
        else:
            messages.success(request, f"{contact.name} is a customer now.")
            return redirect("contact", contact.pk)
    status = 422 if form.errors else 200
    return render(request, "crm/contact_edit.html", {"form": form, "taken": taken}, status=status)


@allow(Permission.EDIT_CONTACTS)
@require_http_methods(["GET", "HEAD", "POST"])
def contact_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Edit a customer; what was entered stays when somebody else was faster."""
    contact = living_contact(pk)
    form = ContactForm(
        request.POST if request.method == "POST" else None,
        definitions=_definitions(request.user),
        contact=contact,
        identifiers=reading.identifiers_of(pk),
    )
    taken, stale = None, False
    if request.method == "POST" and form.is_valid():
        try:
            writing.edit(
                contact_id=pk,
                first_name=form.cleaned_data["first_name"],
                last_name=form.cleaned_data["last_name"],
                company=form.cleaned_data["company"],
                identifiers=form.naming(),
                attributes=form.attributes(),
                seen=form.instant_seen(),
                by=colleague(request),
                at=now(),
            )
        except writing.ContactRefused as refusal:
            taken = getattr(refusal, "owner", None)
            stale = isinstance(refusal, writing.ChangedMeanwhile)
            form.blame(refusal.field, str(refusal))
            if stale:
                again = request.POST.copy()
                again["seen"] = contact.updated_at.isoformat()
                form.data = again
        else:
            messages.success(request, "Saved.")
            return redirect("contact", pk)
    context = {"form": form, "contact": contact, "taken": taken, "stale": stale}
    return render(request, "crm/contact_edit.html", context, status=422 if form.errors else 200)


@allow(Permission.VIEW_CONTACTS)
@require_safe
def contact(request: HttpRequest, pk: int) -> HttpResponse:
    """One customer: badges first, then what happened; at the side who they are and what they allowed."""
    viewer = colleague(request)
    found = get_object_or_404(Contact.objects.select_related("company", "merged_into"), pk=pk)
    if found.merged_into_id:
        return redirect("contact", found.merged_into_id)
    if found.erased_at:
        return render(request, "crm/contact_erased.html", {"contact": found}, status=410)
    definitions = list(AttributeDefinition.objects.all())
    see_sensitive = viewer.may(Permission.VIEW_SENSITIVE)
    values = reading.values(found, see_sensitive=see_sensitive, definitions=definitions)
    at = now()
    dealings = reading.dealings(pk)
    panels = [(panel, panel.load(found, viewer, at)) for panel in panels_for(viewer)]
    context = {
        "contact": found,
        "row": reading.Row(found, {}),
        "identifiers": reading.identifiers_of(pk),
        "origins": origins_of(pk),
        "plain_values": [value for value in values if not value.sensitive],
        "sensitive_values": [value for value in values if value.sensitive],
        "answers": reading.answers(pk),
        "dealings": dealings,
        "known_for": duration(at - min(filter(None, (dealings.first_at, found.created_at)))),
        "quiet_for": duration(at - dealings.last_at) if dealings.last_at else "",
        "main_panels": [pair for pair in panels if not pair[0].side],
        "side_panels": [pair for pair in panels if pair[0].side],
        "may_edit": viewer.may(Permission.EDIT_CONTACTS),
        "may_consent": viewer.may(Permission.RECORD_CONSENT),
        "may_erase": viewer.may(Permission.ERASE_CONTACTS),
        **_oneness(request, found, viewer, at),
        "note_form": NoteForm(),
        "interaction_form": InteractionForm(initial={"message_id": uuid4().hex, "happened_at": at}),
        "consent_form": ConsentForm(initial={"given_at": at}),
        "removed_note": _removed_note(request, found),
        "tasks": tasks.card_of(found, at=at),
        "task_form": TaskForm(initial={"assignee": viewer}),
        "task_undo": tasks.undoable(request.GET.get("undo", ""), at=at),
        "may_task": viewer.may(Permission.KEEP_TASKS),
        "untagged": request.GET.get("untagged", "")[:60],
        **_timeline(request, found, definitions),
    }
    return render(request, "crm/contact.html", context)


@allow(Permission.VIEW_CONTACTS)
@require_safe
def contact_timeline(request: HttpRequest, pk: int) -> HttpResponse:
    """Earlier entries of a timeline, for htmx."""
    found = living_contact(pk)
    definitions = list(AttributeDefinition.objects.all())
    context = {"contact": found, **_timeline(request, found, definitions), "fragment": True}
    context["may_edit"] = colleague(request).may(Permission.EDIT_CONTACTS)
    return render(request, "crm/_timeline_entries.html", context)


@allow(Permission.VIEW_CONTACTS)
@require_safe
def contact_history(request: HttpRequest, pk: int) -> HttpResponse:
    """Every edit of a customer: what it was, what it became, who did it."""
    found = living_contact(pk)
    definitions = list(AttributeDefinition.objects.all())
    page = timeline.changes(
        found, after=request.GET.get("after", ""), readers=_readers(request.user, definitions)
    )
    return render(request, "crm/contact_history.html", {"contact": found, "page": page})


def living_contact(pk: int) -> Contact:
    """The contact, or 404 where there is none or nothing is left of it; a merged one leads on by the middleware."""
    return get_object_or_404(Contact.objects.living().select_related("company"), pk=pk)


def _definitions(viewer: Any) -> list[AttributeDefinition]:
    shown = AttributeDefinition.objects.filter(retired_at__isnull=True)
    if not viewer.may(Permission.VIEW_SENSITIVE):
        shown = shown.filter(sensitive=False)
    return list(shown)


def _readers(viewer: Any, definitions: list[AttributeDefinition]) -> timeline.Readers:
    sensitive = (definition.name for definition in definitions if definition.sensitive)
    return timeline.Readers(
        {definition.name: definition.label for definition in definitions},
        timeline.hidden_names(sensitive, see_sensitive=viewer.may(Permission.VIEW_SENSITIVE)),
    )


def _timeline(request: HttpRequest, found: Contact, definitions: list[AttributeDefinition]) -> dict[str, Any]:
    group = request.GET.get("group", "")
    group = group if group in GROUPS else ""
    page = timeline.read(
        found, group=group, after=request.GET.get("after", ""), readers=_readers(request.user, definitions)
    )
    return {"timeline": page, "group": group, "groups": GROUPS}


def _oneness(request: HttpRequest, found: Contact, viewer: User, at: datetime) -> dict[str, Any]:
    """Whether this customer is several, or was: who is likely the same, what was merged in, the merge just made."""
    merges = merges_into(found.pk)
    may = viewer.may(Permission.MERGE_CONTACTS)
    just = request.GET.get("merged", "")
    undoable = [one for one in merges if str(one.pk) == just and at <= undoable_until(one) and one.kept]
    return {
        "may_merge": may,
        "alike": like(found.pk) if may else [],
        "merges": merges,
        "merge_undo": undoable[0] if may and undoable else None,
    }


def _removed_note(request: HttpRequest, found: Contact) -> Note | None:
    """The note that was just removed, so that it can be brought back."""
    key = request.GET.get("removed", "")
    if not key.isdecimal() or len(key) > 18:
        return None
    recently = now() - timedelta(hours=1)
    return Note.objects.filter(pk=key, contact=found, removed_at__gte=recently).first()
