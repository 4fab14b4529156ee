"""Addresses of what service does with segments: votes, reviews, playbooks, help desks."""

from django.urls import URLPattern, path

from segments.pages.service import badge_keys, desk, playbooks, voting

urlpatterns: list[URLPattern] = [
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
    path("help-desks/", badge_keys.badge_keys, name="badge_keys"),
    path("help-desks/new/", badge_keys.badge_key_new, name="badge_key_new"),
    path("help-desks/<int:pk>/", badge_keys.badge_key, name="badge_key"),
    path("help-desks/<int:pk>/rotate/", badge_keys.badge_key_rotate, name="badge_key_rotate"),
    path("help-desks/<int:pk>/revoke/", badge_keys.badge_key_revoke, name="badge_key_revoke"),
    path("embed/badge.js", desk.badge_script, name="badge_script"),
    path("embed/badge/<slug:public>/", desk.badge_frame, name="badge_frame"),
]
