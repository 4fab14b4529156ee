"""The goal's chart in a real browser: drawn in both themes, under the strict policy, without a word of complaint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from campaigns.actions.measuring import measure_goals
from campaigns.models import Goal
from crm.models import Contact
from tests.campaigns.conftest import NOON

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-quic"]
TELL = "document.addEventListener('securitypolicyviolation', e => console.error('policy: ' + e.violatedDirective))"
LINE = "getComputedStyle(document.querySelector('.scatterlayer .trace:last-child .js-line')).stroke"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no Chromium is installed at /usr/bin/chromium"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def page(
    live_server: Any, signed_in: Callable[[str], Client], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """A page of Chromium in which a manager is signed in."""
    from playwright.sync_api import sync_playwright

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
    session = signed_in("manager").cookies[settings.SESSION_COOKIE_NAME].value
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        context = browser.new_context(color_scheme="light")
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        yield context.new_page()
        browser.close()


def changed(page: Any, wanted: Callable[[str], bool]) -> bool:
    """True once the line has the colour wanted; the policy forbids Playwright's own waiting, which evaluates text."""
    for _ in range(50):
        if wanted(page.evaluate(LINE)):
            return True
        page.wait_for_timeout(100)
    return False


def test_the_chart_follows_the_theme_and_nothing_complains(
    page: Any,
    live_server: Any,
    contact: Callable[..., Contact],
    enter: Callable[..., Contact],
    goal: Callable[..., Goal],
) -> None:
    enter(contact(), 50)
    made = goal()
    measure_goals(as_of=NOON)
    said: list[str] = []
    asked: list[str] = []
    page.add_init_script(TELL)
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live_server.url}/goals/{made.pk}/")
    page.wait_for_selector("[data-chart] .scatterlayer .js-line")
    light = page.evaluate(LINE)
    page.emulate_media(color_scheme="dark")
    assert changed(page, lambda colour: colour != light)
    page.click("[data-theme-switch]")
    assert changed(page, lambda colour: colour == light)
    assert said == []
    assert all(url.startswith((live_server.url, "data:")) for url in asked)
