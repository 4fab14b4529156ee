"""The palette by the keyboard alone: open, find, jump, come back to what was recent; / searches."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.looking import serious

pytestmark = [pytest.mark.browser, pytest.mark.timeout(200)]


def test_jumping_by_keyboard(watch):
    watched = watch()
    watched.sign_in("service lead")
    page = watched.page
    palette = page.locator("#palette")
    watched.open("/contacts/")
    page.keyboard.press("Control+k")
    palette.get_by_role("option", name="Tasks").wait_for()
    page.keyboard.type("vip")
    palette.get_by_role("option", name="VIP").first.wait_for()
    field = palette.get_by_role("combobox")
    chosen = page.locator("#palette-list [aria-selected=true]")
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    assert not list(serious(Axe().run(page)))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")
    assert "/segments/vip" in page.url
    page.keyboard.press("Control+k")
    recent = page.get_by_role("group", name="Recent").get_by_role("option")
    recent.first.wait_for()
    assert recent.count() == 1
    page.keyboard.press("Escape")
    palette.wait_for(state="hidden")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
