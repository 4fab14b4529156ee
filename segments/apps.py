from django.apps import AppConfig


class SegmentsConfig(AppConfig):
    name = "segments"

    def ready(self) -> None:
        from crm.personal_data import register
        from segments import models

        register(
            models.Membership,
            link="contact",
            export=("segment", "since"),
            on_merge="recompute",
            on_erase="delete",
        )
        register(
            models.MembershipChange,
            link="contact",
            export=("segment", "entered", "at"),
            on_merge="move",
            on_erase="delete",
        )
