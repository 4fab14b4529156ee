"""The menus of the builder while their lists arrive late: nothing moves under the pointer, nothing else is taken."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from .test_builder_work import centre, open_new, say

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


@pytest.fixture
def austria(watch: Any) -> Any:
    """A rule of two conditions, the country the first."""
    marketer = watch()
    marketer.sign_in("marketer")
    page = open_new(marketer)
    say(page, "in Austria, bought twice this year")
    return page


def search_late(page: Any, condition: str, words: str) -> tuple[Any, Any]:
    """A picker in which these words were typed, and what lets its answer arrive; the pointer rests on the fourth row."""
    late: list[Any] = []

    def hold(route: Any) -> None:
        late.append(route)

    page.route(re.compile(f"/segments/values/.*q={words}"), hold)
    page.get_by_role("button", name=re.compile(f"^{condition}: ")).last.click()
    picker = page.locator(".picker")
    expect(picker.locator(".choice").nth(3)).to_be_visible()
    page.mouse.move(*centre(picker.locator(".choice").nth(3)))
    picker.get_by_role("searchbox").press_sequentially(words)
    page.wait_for_timeout(250)
    assert len(late) == 1
    return picker, late[0].continue_


def test_a_list_that_shrinks_under_the_pointer_never_closes_its_menu(austria: Any) -> None:
    page = austria
    for height in (900, 420):  # the menu opens downwards, then upwards
        page.set_viewport_size({"width": 1440, "height": height})
        picker, arrive = search_late(page, "Country", "switz")
        before, row = picker.bounding_box(), picker.locator(".choice").nth(3)
        place = centre(row)
        arrive()
        expect(picker.locator(".choice")).to_have_count(2)  # the one, and the words themselves
        page.wait_for_timeout(200)
        assert picker.bounding_box() == before
        page.mouse.move(place[0] + 1, place[1])
        page.mouse.down()
        page.mouse.up()
        expect(picker).to_be_visible()
        page.keyboard.press("Escape")
        page.unroute_all()


def test_a_click_as_the_list_arrives_takes_what_the_pointer_rested_on(austria: Any) -> None:
    page = austria
    picker, arrive = search_late(page, "Country", "a")
    meant = picker.locator(".choice").nth(3).inner_text()
    page.evaluate(
        """() => new MutationObserver(() => document.querySelector(".picker .choices button").dispatchEvent(
            new PointerEvent("click", {bubbles: true, cancelable: true, pointerType: "mouse", detail: 1}))
        ).observe(document.querySelector(".picker .choices"), {childList: true})"""
    )
    arrive()
    expect(page.get_by_role("button", name=f"Country: {meant}")).to_be_visible()
