"""A segment's playbook: read by everyone who sees its badge, written by marketers and service leads."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from crm.domain.roles import Permission
from crm.kit.clock import now
from crm.kit.forms import Form
from crm.pages.access import allow, colleague
from segments.actions.service import playbooks as writing
from segments.models import Playbook, Segment
from segments.pages.segment import frame_of
from segments.queries.service import playbooks as reading


class PlaybookForm(Form):
    """What service does with a segment's members."""

    started_from = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    do = forms.CharField(
        label="Do", required=False, widget=forms.Textarea(attrs={"rows": 4}), help_text="One advice a line."
    )
    avoid = forms.CharField(
        label="Avoid", required=False, widget=forms.Textarea(attrs={"rows": 3}), help_text="One a line."
    )
    offer = forms.CharField(
        label="Offer",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="What may be offered, and within which limits.",
    )
    tone = forms.CharField(
        label="Tone",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="How to speak with them.",
    )
    escalation = forms.CharField(
        label="Hand over",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="When, and to whom.",
    )
    note = forms.CharField(label="What changed", required=False, max_length=300)


@allow(Permission.VIEW_SEGMENTS, write=Permission.WRITE_PLAYBOOKS)
@require_http_methods(["GET", "HEAD", "POST"])
def segment_playbook(request: HttpRequest, slug: str) -> HttpResponse:
    """The playbook with its versions; who may, edits it here."""
    frame = frame_of(request, slug, "playbook")
    segment = frame["segment"]
    current = reading.current_playbook(segment)
    initial = {part: getattr(current, part) for part in Playbook.PARTS} if current else {}
    initial["started_from"] = current.number if current else 0
    form = PlaybookForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        entered = form.cleaned_data
        try:
            writing.write(
                segment=segment,
                parts=entered,
                note=entered["note"],
                started_from=entered["started_from"],
                by=colleague(request),
                at=now(),
            )
        except writing.PlaybookRefused as refusal:
            form.add_error(refusal.part or None, str(refusal))
            if not refusal.part and current:
                again = request.POST.copy()
                again["started_from"] = str(current.number)
                form.data = again
        else:
            messages.success(request, "The playbook stands at each badge now.")
            return redirect("segment_playbook", slug)
    context = {
        **frame,
        "playbook": current,
        "form": form,
        "page": reading.playbook_versions(segment, after=request.GET.get("after", "")),
        "may_write": colleague(request).may(Permission.WRITE_PLAYBOOKS),
    }
    return render(request, "segments/playbook.html", context, status=422 if form.errors else 200)


@allow(Permission.WRITE_PLAYBOOKS)
@require_POST
def segment_playbook_restore(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """An older version's text again, as the newest."""
    segment = get_object_or_404(Segment, slug=slug)
    get_object_or_404(Playbook, segment=segment, number=number)
    writing.restore(segment=segment, number=number, by=colleague(request), at=now())
    messages.success(request, f"The text of version {number} is in use again.")
    return redirect("segment_playbook", slug)
