"""Addresses of the pages of what is done by hand, of versions and of the past."""

from django.urls import URLPattern

from segments.pages.addresses import about, at
from segments.pages.building import versions
from segments.pages.insight import movement
from segments.pages.membership import hands, lists, past, picking, recorded

urlpatterns: list[URLPattern] = [
    at("segments/place/", hands.segments_place),
    at("segments/new/found/", picking.segments_from_search),
    at("segments/movement/", movement.segments_movement),
    at("segments/movement.csv", movement.segments_movement_csv),
    at("segments/movement/people.csv", movement.segments_movement_people_csv),
    at("segments/movement/people/", movement.segments_movement_people),
    about("hand/", hands.segment_hand),
    about("hand.csv", hands.segment_hand_csv),
    about("hand/marked/", hands.segment_place_marked),
    about("hand/back/", hands.segment_take_back),
    about("filled/<int:pk>.csv", lists.segment_filling_csv),
    about("past/", past.segment_past),
    about("past/value/", past.segment_past_value),
    about("past/rule/", past.segment_past_rule),
    about("past/members.csv", past.segment_past_csv),
    about("log/", recorded.segment_log),
    about("versions/", versions.segment_versions),
    about("log/<int:pk>/", recorded.segment_log_line),
    about("log.csv", recorded.segment_log_csv),
    about("versions/compare/", versions.segment_versions_compare),
    about("versions/<int:number>/rehearsal/", versions.segment_version_rehearsal),
    about("delete/", versions.segment_delete),
]
