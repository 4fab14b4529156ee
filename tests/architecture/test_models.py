"""What holds for all models and migrations."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db.models import UniqueConstraint

from crm.models import Contact
from crm.personal_data import REGISTRY

OURS = [model for app in ("crm", "segments", "campaigns") for model in apps.get_app_config(app).get_models()]


def links(model):
    return [
        field.name
        for field in model._meta.get_fields()
        if field.many_to_one and field.concrete and field.related_model is Contact and model is not Contact
    ]


@pytest.mark.parametrize("model", [model for model in OURS if links(model)], ids=lambda model: model.__name__)
def test_personal_data_is_registered(model):
    assert model in REGISTRY, "say in AppConfig.ready how it is exported, merged and erased"
    terms = REGISTRY[model]
    assert terms.link in links(model)
    names = {field.name for field in model._meta.get_fields()}
    assert set(terms.export) <= names


@pytest.mark.parametrize("terms", REGISTRY.values(), ids=lambda terms: terms.model.__name__)
def test_personal_data_says_how_it_merges(terms):
    """Rows that are unique for a contact cannot just be moved to another, who may have the same."""
    meta = terms.model._meta
    once = [rule.fields for rule in meta.constraints if isinstance(rule, UniqueConstraint)]
    once += [(field.name,) for field in meta.fields if field.unique]
    if terms.on_merge == "move":
        assert not any(terms.link in fields for fields in once), "say how two of the same become one"
    assert (terms.merge is not None) >= (terms.on_merge == "unite")
    if terms.on_merge == "unite":
        assert terms.unmerge is not None, "what is brought together must be parted again"


@pytest.mark.django_db
def test_migrations_are_complete():
    out = StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=out, stderr=out)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_foreign_keys_point_down_without_a_way_back(model):
    order = ["crm", "segments", "campaigns"]
    for field in model._meta.get_fields():
        if field.many_to_one and field.concrete and field.related_model in OURS:
            assert order.index(field.related_model._meta.app_label) <= order.index(model._meta.app_label)
            if model.__name__ != "Identifier":
                assert field.remote_field.related_name == "+", f"{model.__name__}.{field.name}"
