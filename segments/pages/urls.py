"""Addresses of the segment pages."""

from django.urls import URLPattern, path

from segments.pages import listing, segment
from segments.pages.building import builder, changing, counting, drafting, looking, portable
from segments.pages.membership import lists, why
from segments.pages.service import urls as service_urls

urlpatterns: list[URLPattern] = [
    path("segments/", listing.segments, name="segments"),
    path("segments/export.csv", listing.segments_csv, name="segments_csv"),
    path("segments/new/", builder.segment_new, name="segment_new"),
    path("segments/new/list/", lists.segment_new_fixed, name="segment_new_fixed"),
    path("segments/preview/", counting.segment_preview, name="segment_preview"),
    path("segments/labels/", changing.segments_label, name="segments_label"),
    path("segments/templates/", counting.segments_templates, name="segments_templates"),
    path("segments/values/", counting.segment_values, name="segment_values"),
    path("segments/draft/", drafting.segment_draft, name="segment_draft"),
    path("segments/draft/compare/", counting.segment_compare, name="segment_compare"),
    path("segments/draft/why/", drafting.segment_draft_why, name="segment_draft_why"),
    path("segments/draft/whys/", looking.segment_draft_whys, name="segment_draft_whys"),
    path("segments/draft/others/", looking.segment_draft_others, name="segment_draft_others"),
    path("segments/draft/elsewhen/", looking.segment_elsewhen, name="segment_elsewhen"),
    path("segments/draft/people/", looking.segment_draft_people, name="segment_draft_people"),
    path(
        "segments/draft/people/<int:contact_id>/", looking.segment_draft_person, name="segment_draft_person"
    ),
    path("segments/phrase/", drafting.segment_phrase, name="segment_phrase"),
    path("segments/import/", portable.segment_import, name="segment_import"),
    path("segments/<slug:slug>/editing/", drafting.segment_editing, name="segment_editing"),
    path("segments/<slug:slug>/segment.json", portable.segment_file, name="segment_file"),
    path("segments/<slug:slug>/edit/", builder.segment_edit, name="segment_edit"),
    path("segments/<slug:slug>/rehearse/", counting.segment_rehearse, name="segment_rehearse"),
    path("segments/<slug:slug>/", segment.segment, name="segment"),
    path("segments/<slug:slug>/members/", segment.segment_members, name="segment_members"),
    path("segments/<slug:slug>/members.csv", segment.segment_members_csv, name="segment_members_csv"),
    path("segments/why/<int:contact_id>/", why.contact_why, name="contact_why"),
    path("segments/<slug:slug>/why/<int:contact_id>/", why.segment_why, name="segment_why"),
    path("segments/<slug:slug>/sizes.csv", segment.segment_sizes_csv, name="segment_sizes_csv"),
    path("segments/<slug:slug>/settings/", segment.segment_settings, name="segment_settings"),
    path("segments/<slug:slug>/snapshot/", lists.segment_snapshot, name="segment_snapshot"),
    path("segments/<slug:slug>/people/add/", lists.segment_add, name="segment_add"),
    path("segments/<slug:slug>/people/remove/", lists.segment_remove, name="segment_remove"),
    path("segments/<slug:slug>/archive/", changing.segment_archive, name="segment_archive"),
    path("segments/<slug:slug>/restore/", changing.segment_restore, name="segment_restore"),
    *service_urls.urlpatterns,
]
