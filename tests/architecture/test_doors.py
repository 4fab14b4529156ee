"""Every address asks who is there."""

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

OPEN = {"account_login", "account_inactive", "health_live", "health_ready", "badge_script"}
BY_KEY = {"badge_frame"}  # only for the pages that a key names
SIGNED_IN_ONLY = {"home", "account_logout", "account_change_password", "account_set_password"}
API = "api/"
# The schema for whoever has a token; ‘nothing here’; and what opens with a badge key only.
UNSCOPED = {"api/v1/schema/", "api/^.+$", "api/v1/badges", "api/v1/badges/votes"}


def addresses(patterns=None, before=""):
    for entry in patterns if patterns is not None else get_resolver().url_patterns:
        path = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry.url_patterns, path)
        elif isinstance(entry, URLPattern):
            yield path, entry


PAGES = [(path, entry) for path, entry in addresses() if not path.startswith(API)]
API_PAGES = [(path, entry) for path, entry in addresses() if path.startswith(API)]


@pytest.mark.parametrize(("path", "entry"), PAGES, ids=[path for path, _ in PAGES])
def test_every_page_has_a_mark(path, entry):
    if entry.name in OPEN | SIGNED_IN_ONLY | BY_KEY:
        return
    assert hasattr(entry.callback, "permission"), "mark it with @allow(Permission.…)"
    assert getattr(entry.callback, "login_required", True), "a marked page must ask strangers to sign in"


@pytest.mark.parametrize(("path", "entry"), API_PAGES, ids=[path for path, _ in API_PAGES])
def test_every_endpoint_has_scopes_or_a_mark(path, entry):
    view = getattr(entry.callback, "cls", None)
    if view is None:
        assert hasattr(entry.callback, "permission"), "mark it with @allow(Permission.…)"
    else:
        assert path in UNSCOPED or getattr(view, "scopes", None), "name the scope of each method"


def test_no_address_stands_twice():
    paths = [path for path, _ in addresses()]
    assert sorted(paths) == sorted(set(paths))


def test_names_are_unique():
    names = [entry.name for _, entry in addresses() if entry.name]
    assert sorted(names) == sorted(set(names))


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(OPEN))
def test_open_pages_answer_strangers(name):
    from django.urls import reverse

    assert Client().get(reverse(name)).status_code in (200, 403, 503)
