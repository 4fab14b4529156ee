"""Addresses of the pages of what is done by hand, of versions and of the past."""

from django.urls import URLPattern, path

from segments.pages.building import versions
from segments.pages.insight import movement
from segments.pages.membership import hands, lists, past, picking, recorded

urlpatterns: list[URLPattern] = [
    path("segments/place/", hands.segments_place, name="segments_place"),
    path("segments/new/found/", picking.segments_from_search, name="segments_from_search"),
    path("segments/movement/", movement.segments_movement, name="segments_movement"),
    path("segments/movement.csv", movement.segments_movement_csv, name="segments_movement_csv"),
    path(
        "segments/movement/people.csv",
        movement.segments_movement_people_csv,
        name="segments_movement_people_csv",
    ),
    path("segments/movement/people/", movement.segments_movement_people, name="segments_movement_people"),
    path("segments/<slug:slug>/hand/", hands.segment_hand, name="segment_hand"),
    path("segments/<slug:slug>/hand/marked/", hands.segment_place_marked, name="segment_place_marked"),
    path("segments/<slug:slug>/hand/back/", hands.segment_take_back, name="segment_take_back"),
    path("segments/<slug:slug>/filled/<int:pk>.csv", lists.segment_filling_csv, name="segment_filling_csv"),
    path("segments/<slug:slug>/past/", past.segment_past, name="segment_past"),
    path("segments/<slug:slug>/past/value/", past.segment_past_value, name="segment_past_value"),
    path("segments/<slug:slug>/past/rule/", past.segment_past_rule, name="segment_past_rule"),
    path("segments/<slug:slug>/past/members.csv", past.segment_past_csv, name="segment_past_csv"),
    path("segments/<slug:slug>/log/", recorded.segment_log, name="segment_log"),
    path("segments/<slug:slug>/versions/", versions.segment_versions, name="segment_versions"),
    path("segments/<slug:slug>/log/<int:pk>/", recorded.segment_log_line, name="segment_log_line"),
    path("segments/<slug:slug>/log.csv", recorded.segment_log_csv, name="segment_log_csv"),
    path(
        "segments/<slug:slug>/versions/compare/",
        versions.segment_versions_compare,
        name="segment_versions_compare",
    ),
    path(
        "segments/<slug:slug>/versions/<int:number>/rehearsal/",
        versions.segment_version_rehearsal,
        name="segment_version_rehearsal",
    ),
    path("segments/<slug:slug>/delete/", versions.segment_delete, name="segment_delete"),
]
