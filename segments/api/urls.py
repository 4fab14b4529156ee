from django.urls import path

from segments.api import badges, desk, members, phrases, records, rules, segments, why

urlpatterns = [
    path("segments/", segments.Segments.as_view(), name="api_segments"),
    path("segments/preview/", segments.Preview.as_view(), name="api_segments_preview"),
    path("segments/draft-from-text", phrases.DraftFromText.as_view(), name="api_draft_from_text"),
    path("segments/lists/", members.Lists.as_view(), name="api_lists"),
    path("segments/movement/", records.MovementBetween.as_view(), name="api_movement"),
    path("segments/<slug:slug>/", segments.OneSegment.as_view(), name="api_segment"),
    path("segments/<slug:slug>/members/", members.Members.as_view(), name="api_segment_members"),
    path("segments/<slug:slug>/versions/", records.Versions.as_view(), name="api_segment_versions"),
    path("segments/<slug:slug>/snapshot/", records.Snapshot.as_view(), name="api_segment_snapshot"),
    path("segments/<slug:slug>/log/", records.Log.as_view(), name="api_segment_log"),
    path("contacts/<int:contact_id>/badges/", badges.ContactBadges.as_view(), name="api_contact_badges"),
    path("contacts/<int:contact_id>/why/", why.ContactWhy.as_view(), name="api_contact_why"),
    path("rules/schema/", rules.RuleSchema.as_view(), name="api_rules_schema"),
    path("badges", desk.Desk.as_view(), name="api_desk_badges"),
    path("badges/votes", desk.DeskVotes.as_view(), name="api_desk_votes"),
    path("badges/", badges.Badges.as_view(), name="api_badges"),
]
