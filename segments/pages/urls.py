"""Addresses of the segment pages."""

from django.urls import URLPattern, path

from segments.pages import builder, changing, listing, lists, playbooks, segment, voting, why

urlpatterns: list[URLPattern] = [
    path("segments/", listing.segments, name="segments"),
    path("segments/export.csv", listing.segments_csv, name="segments_csv"),
    path("segments/new/", builder.segment_new, name="segment_new"),
    path("segments/new/list/", lists.segment_new_fixed, name="segment_new_fixed"),
    path("segments/preview/", builder.segment_preview, name="segment_preview"),
    path("segments/compare/", builder.segment_compare, name="segment_compare"),
    path("segments/values/", builder.segment_values, name="segment_values"),
    path("segments/<slug:slug>/edit/", builder.segment_edit, name="segment_edit"),
    path("segments/<slug:slug>/rehearse/", builder.segment_rehearse, name="segment_rehearse"),
    path("segments/<slug:slug>/", segment.segment, name="segment"),
    path("segments/<slug:slug>/members/", segment.segment_members, name="segment_members"),
    path("segments/<slug:slug>/members.csv", segment.segment_members_csv, name="segment_members_csv"),
    path("segments/why/<int:contact_id>/", why.contact_why, name="contact_why"),
    path("segments/<slug:slug>/why/<int:contact_id>/", why.segment_why, name="segment_why"),
    path("segments/<slug:slug>/log/", segment.segment_log, name="segment_log"),
    path("segments/<slug:slug>/sizes.csv", segment.segment_sizes_csv, name="segment_sizes_csv"),
    path("segments/<slug:slug>/versions/", segment.segment_versions, name="segment_versions"),
    path(
        "segments/<slug:slug>/versions/<int:number>/restore/",
        changing.segment_version_restore,
        name="segment_version_restore",
    ),
    path("segments/<slug:slug>/settings/", segment.segment_settings, name="segment_settings"),
    path("segments/<slug:slug>/snapshot/", lists.segment_snapshot, name="segment_snapshot"),
    path("segments/<slug:slug>/people/add/", lists.segment_add, name="segment_add"),
    path("segments/<slug:slug>/people/remove/", lists.segment_remove, name="segment_remove"),
    path("segments/<slug:slug>/archive/", changing.segment_archive, name="segment_archive"),
    path("segments/<slug:slug>/restore/", changing.segment_restore, name="segment_restore"),
    path("segments/<slug:slug>/playbook/", playbooks.segment_playbook, name="segment_playbook"),
    path(
        "segments/<slug:slug>/playbook/<int:number>/restore/",
        playbooks.segment_playbook_restore,
        name="segment_playbook_restore",
    ),
    path("segments/<slug:slug>/badge/<int:contact_id>/vote/", voting.badge_vote, name="badge_vote"),
    path("segments/<slug:slug>/feedback/", voting.segment_feedback, name="segment_feedback"),
    path("segments/<slug:slug>/review/", voting.review_ask, name="review_ask"),
    path("reviews/", voting.reviews, name="reviews"),
    path("reviews/<int:pk>/", voting.review_resolve, name="review_resolve"),
]
