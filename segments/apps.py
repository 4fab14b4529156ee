from django.apps import AppConfig
from django.urls import reverse


class SegmentsConfig(AppConfig):
    name = "segments"

    def ready(self) -> None:
        self._register_personal_data()
        self._register_places()

    def _register_places(self) -> None:
        from crm import panels, troubles
        from crm.domain.roles import Permission
        from crm.palette import SOURCES, Source
        from segments.queries.jumping import segments_like
        from segments.queries.running.troubles import troubles as what_is_wrong
        from segments.queries.service import standing

        troubles.TROUBLES["segments"] = what_is_wrong
        SOURCES["segments"] = Source("Segments", Permission.VIEW_SEGMENTS, segments_like, order=20)
        panels.PANELS["segments"] = panels.Panel(
            name="segments",
            template="segments/_who.html",
            load=standing.who_they_are,
            permission=Permission.VIEW_SEGMENTS,
            order=10,
        )
        panels.BADGES["segments"] = standing.badges
        panels.FILTERS["segment"] = panels.ContactFilter(
            name="segment", label="Segment", choices=standing.filter_choices, inside=standing.inside
        )
        panels.BULK["fixed"] = panels.BulkAction(
            label="Make a fixed list",
            icon="list",
            address=lambda: reverse("segments_from_search"),
            permission=Permission.EDIT_SEGMENTS,
        )
        panels.BULK["placed"] = panels.BulkAction(
            label="Include or keep out",
            icon="pin",
            address=lambda: reverse("segments_place"),
            permission=Permission.EDIT_SEGMENTS,
        )
        panels.TIMELINE["votes"] = panels.TimelineSource(name="votes", entries=standing.votes_of)
        panels.TIMELINE["segments"] = panels.TimelineSource(name="segments", entries=standing.moves_of)

    def _register_personal_data(self) -> None:
        from crm.personal_data import LOCKS, register
        from segments import models
        from segments.actions.membership import merging
        from segments.actions.membership.leaving import erase_memberships

        LOCKS["memberships"] = models.MirrorState.objects.locked

        register(
            models.Membership,
            called="segments they are in",
            link="contact",
            export=("segment", "since"),
            on_merge="unite",
            on_erase="delete",
            erase=erase_memberships,
            merge=merging.unite_memberships,
            unmerge=merging.part_memberships,
        )
        register(
            models.MembershipChange,
            called="entries and exits",
            link="contact",
            export=("segment", "entered", "at"),
            on_merge="keep",
            on_erase="keep",
        )
        register(
            models.Placement,
            called="placements by hand",
            link="contact",
            export=("segment", "included", "reason", "at", "until", "removed_at"),
            on_merge="unite",
            on_erase="delete",
            merge=merging.unite_placements,
            unmerge=merging.part_placements,
        )
        register(
            models.Vote,
            called="votes on badges",
            link="contact",
            export=("segment", "right", "reason", "at"),
            on_merge="unite",
            on_erase="delete",
            merge=merging.unite_votes,
            unmerge=merging.part_votes,
        )
