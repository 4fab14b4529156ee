"""Addresses of the pages that look into a segment."""

from django.urls import URLPattern, path

from segments.pages.insight import comparing, crossing, differing, overlap, overview, people, profiling, worth

urlpatterns: list[URLPattern] = [
    path("segments/compare/", comparing.segments_compare, name="segments_compare"),
    path("segments/compare/insight/", comparing.segments_compare_insight, name="segments_compare_insight"),
    path("segments/people/", people.segment_people, name="segment_people"),
    path("segments/people.csv", people.segment_people_csv, name="segment_people_csv"),
    path("segments/<slug:slug>/differences/", differing.segment_differences, name="segment_differences"),
    path(
        "segments/<slug:slug>/differences/card/",
        differing.segment_differences_card,
        name="segment_differences_card",
    ),
    path(
        "segments/<slug:slug>/differences.csv",
        differing.segment_differences_csv,
        name="segment_differences_csv",
    ),
    path("segments/<slug:slug>/overlap/", overlap.segment_overlap, name="segment_overlap"),
    path("segments/<slug:slug>/overlap/card/", overlap.segment_overlap_card, name="segment_overlap_card"),
    path("segments/<slug:slug>/overlap.csv", overlap.segment_overlap_csv, name="segment_overlap_csv"),
    path("segments/<slug:slug>/crossing/card/", crossing.segment_crossing_card, name="segment_crossing_card"),
    path("segments/<slug:slug>/crossing/<slug:way>/", crossing.segment_crossing, name="segment_crossing"),
    path(
        "segments/<slug:slug>/crossing/<slug:way>.csv",
        crossing.segment_crossing_csv,
        name="segment_crossing_csv",
    ),
    path("segments/<slug:slug>/value/", worth.segment_value, name="segment_value"),
    path("segments/<slug:slug>/value.csv", worth.segment_value_csv, name="segment_value_csv"),
    path("segments/<slug:slug>/retention.csv", worth.segment_retention_csv, name="segment_retention_csv"),
    path("segments/<slug:slug>/profile/", profiling.segment_profiles, name="segment_profiles"),
    path("segments/<slug:slug>/profile/<slug:part>/", profiling.segment_profile, name="segment_profile"),
    path(
        "segments/<slug:slug>/profile/<slug:part>.csv",
        profiling.segment_profile_csv,
        name="segment_profile_csv",
    ),
    path("segments/<slug:slug>/value/tile/", overview.segment_value_tile, name="segment_value_tile"),
    path("segments/<slug:slug>/health/", overview.segment_health, name="segment_health"),
]
