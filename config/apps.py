"""The composition root as a Django app, for its tasks and commands."""

from django.apps import AppConfig


class FacetConfig(AppConfig):
    name = "config"
    label = "facet"
