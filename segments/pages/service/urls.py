"""Addresses of what service does with segments: votes, reviews, playbooks, help desks."""

from django.urls import URLPattern

from segments.pages.addresses import about, at
from segments.pages.service import badge_keys, desk, playbooks, voting

urlpatterns: list[URLPattern] = [
    about("playbook/", playbooks.segment_playbook),
    about("playbook/<int:number>/restore/", playbooks.segment_playbook_restore),
    about("badge/<int:contact_id>/vote/", voting.badge_vote),
    about("feedback/", voting.segment_feedback),
    about("feedback.csv", voting.segment_feedback_csv),
    about("review/", voting.review_ask),
    at("reviews/", voting.reviews),
    at("reviews.csv", voting.reviews_csv),
    at("reviews/<int:pk>/", voting.review_resolve),
    at("help-desks/", badge_keys.badge_keys),
    at("help-desks/new/", badge_keys.badge_key_new),
    at("help-desks/<int:pk>/", badge_keys.badge_key),
    at("help-desks/<int:pk>/rotate/", badge_keys.badge_key_rotate),
    at("help-desks/<int:pk>/revoke/", badge_keys.badge_key_revoke),
    at("embed/badge.js", desk.badge_script),
    at("embed/badge/<slug:public>/", desk.badge_frame),
]
