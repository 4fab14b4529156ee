"""The composition root as a Django app, for its tasks and commands."""

from django.apps import AppConfig


class FacetConfig(AppConfig):
    name = "config"
    label = "facet"

    def ready(self) -> None:
        from config.operations.troubles import troubles
        from crm.troubles import TROUBLES

        TROUBLES["operations"] = troubles
