"""Addresses of the pages that look into a segment."""

from django.urls import URLPattern

from segments.pages.addresses import about, at
from segments.pages.insight import comparing, crossing, differing, overlap, overview, people, profiling, worth

urlpatterns: list[URLPattern] = [
    at("segments/compare/", comparing.segments_compare),
    at("segments/compare/insight/", comparing.segments_compare_insight),
    at("segments/people/", people.segment_people),
    at("segments/people.csv", people.segment_people_csv),
    about("differences/", differing.segment_differences),
    about("differences/card/", differing.segment_differences_card),
    about("differences.csv", differing.segment_differences_csv),
    about("overlap/", overlap.segment_overlap),
    about("overlap/card/", overlap.segment_overlap_card),
    about("overlap.csv", overlap.segment_overlap_csv),
    about("crossing/card/", crossing.segment_crossing_card),
    about("crossing/<slug:way>/", crossing.segment_crossing),
    about("crossing/<slug:way>.csv", crossing.segment_crossing_csv),
    about("value/", worth.segment_value),
    about("value.csv", worth.segment_value_csv),
    about("retention.csv", worth.segment_retention_csv),
    about("profile/", profiling.segment_profiles),
    about("profile/<slug:part>/", profiling.segment_profile),
    about("profile/<slug:part>.csv", profiling.segment_profile_csv),
    about("value/tile/", overview.segment_value_tile),
    about("reach/tile/", overview.segment_reach_tile),
    about("health/", overview.segment_health),
    about("counted/", overview.segment_counted),
]
