"""The composition root as a Django app, for its tasks and commands."""

from django.apps import AppConfig


class FacetConfig(AppConfig):
    name = "config"
    label = "facet"

    def ready(self) -> None:
        from config.navigation import places_like
        from config.operations.troubles import troubles
        from config.reactions import REACTIONS
        from crm.actions.publishing import UNHURRIED
        from crm.domain.roles import Permission
        from crm.palette import SOURCES, Source
        from crm.troubles import TROUBLES

        SOURCES["pages"] = Source(
            "Pages and actions", Permission.VIEW_CONTACTS, places_like, order=30, when_empty=True
        )
        TROUBLES["operations"] = troubles
        UNHURRIED.update(name for name, reactions in REACTIONS.items() if not reactions)
