"""Hostile names and values in a real browser: none is obeyed, none breaks a page, none makes it wider than a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.addresses import REFUSED, every_address
from tests.browser.conftest import Served, Watched, serving
from tests.browser.looking import overhang

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, dict[str, Any]]]:
    """Facet with a company all of whose words are hostile, and what its pages are about."""
    with serving(tmp_path_factory.mktemp("spoilt")) as facet:
        known = facet.told("tests.spoiling")
        facet.start()
        yield facet, known


@pytest.fixture(scope="module")
def served(spoilt: tuple[Served, dict[str, Any]]) -> Served:
    """What windows are opened on here: that company instead of the demo's."""
    return spoilt[0]


def test_words_are_data_in_a_browser(
    watch: Callable[..., Watched], spoilt: tuple[Served, dict[str, Any]]
) -> None:
    facet, known = spoilt
    watched = watch(390)
    page = watched.page
    wrong: list[str] = []
    whole = 0
    page.on("dialog", lambda dialog: (wrong.append(f"{page.url} opens a dialog"), dialog.dismiss()))
    watched.sign_in("administrator")
    for address in every_address(known):
        look = page.request.head(facet.address + address.path, max_redirects=0)
        if look.status in (302, 405) or "text/html" not in look.headers.get("content-type", ""):
            continue  # a file, or a deed
        watched.expect_refusal = True  # fragments are opened, too
        answer = watched.open(address.path)
        if answer.status != REFUSED.get(address.path, 200):
            wrong.append(f"{address.path} answers {answer.status}")
        if page.evaluate("typeof window.__x") != "undefined":
            wrong.append(f"{address.path} obeys a value")
        if page.locator("main#main").count() and (over := overhang(page)):
            wrong.append(f"{address.path}: {over}")
        whole += page.locator("main#main").count()
    assert not wrong, "\n".join(wrong)
    assert whole > 100
