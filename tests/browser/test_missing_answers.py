"""A part that gets no answer says so and can be asked again; what was sent by a button and lost is told; ? helps."""

from __future__ import annotations

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
EXPECTED = ("ERR_FAILED", "htmx:sendError", "htmx:afterRequest")  # what browser and htmx say of it themselves


def lost(watched, address):
    """No answer from an address, until the returned function is called; the browser's own complaint is expected."""
    watched.page.route(address, lambda route: route.abort())

    def found():
        watched.page.unroute(address)
        watched.complaints[:] = [
            one for one in watched.complaints if not any(word in one for word in EXPECTED)
        ]

    return found


def test_a_part_without_an_answer_says_so_and_is_asked_again(watch):
    watched = watch()
    watched.sign_in("marketer")
    found = lost(watched, "**/segments/vip/differences/card/")
    watched.open("/segments/vip/")
    told = watched.page.get_by_role("alert").filter(has_text="Facet does not answer")
    told.wait_for()
    found()
    told.get_by_role("button", name="Try again").click()
    watched.page.get_by_role("heading", name="What makes it different").wait_for()
    assert told.count() == 0


def test_a_part_that_arrives_asks_at_once_whether_the_figures_around_it_are_still_those_of_now(watch, served):
    """The page asks each two seconds by itself: a part of the new count would stand beside the old ones until then."""
    watched, late = watch(), []
    watched.sign_in("marketer")
    page = watched.page
    page.route(re.compile(r"/segments/vip/(health|\w+/card)/"), lambda route: late.append(route))  # noqa: PLW0108
    page.clock.install(time=0)
    page.clock.pause_at(1_000)  # nothing asks again because time passed
    saved = "from segments.models import Segment; Segment.objects.filter(slug='vip').update(version={}, evaluated_version=1)"
    served.manage("shell", "-c", saved.format(2))
    try:
        page.goto(watched.address + "/segments/vip/", wait_until="load")
        line = page.locator("[hx-get$='/counted/']")
        line.wait_for()
        page.clock.run_for(100)
    finally:
        served.manage("shell", "-c", saved.format(1))  # as if a worker had counted it
    assert len(late) == 4
    with page.expect_request("**/counted/"):
        with page.expect_response(late[0].request.url):
            late[0].continue_()
        page.clock.run_for(500)  # two seconds are not over
    line.wait_for(state="detached")


@pytest.mark.parametrize("way", ["on the way elsewhere", "at work in a dialog"])
def test_a_page_drawn_anew_takes_nothing_from_who_is(watch, served, way):
    watched, slow = watch(), []
    watched.sign_in("marketer")
    page = watched.page
    page.route("**/segments/vip/members/", lambda route: slow.append(route))  # noqa: PLW0108
    saved = "from segments.models import Segment; Segment.objects.filter(slug='vip').update(version={}, evaluated_version=1)"
    served.manage("shell", "-c", saved.format(2))
    try:
        watched.open("/segments/vip/")
        page.locator("[hx-get$='/counted/']").wait_for()
        if way == "on the way elsewhere":
            page.get_by_role("link", name=re.compile("^Members")).click(no_wait_after=True)
        else:
            page.evaluate(
                "document.body.append(Object.assign(document.createElement('dialog'), {id: 'mine'})); mine.showModal()"
            )
    finally:
        served.manage("shell", "-c", saved.format(1))
    with page.expect_response("**/counted/"):
        pass
    page.wait_for_timeout(300)
    if way == "on the way elsewhere":
        slow[0].continue_()
        page.wait_for_url("**/segments/vip/members/")
    else:
        assert page.locator("#mine").count() == 1
        page.evaluate("mine.close()")
        page.locator("#mine").wait_for(state="detached", timeout=10_000)


def test_a_vote_that_is_lost_is_told(watch, served):
    watched = watch()
    watched.sign_in("service lead")
    watched.open("/segments/vip/members/")
    watched.page.locator("tbody th a").first.click()
    watched.page.wait_for_load_state("networkidle")
    found = lost(watched, "**/vote/")
    watched.page.locator(".vote button").first.click()
    told = watched.page.get_by_role("alert").filter(has_text="Nothing was saved")
    told.wait_for()
    found()
    told.get_by_role("button", name="Close").click()
    assert told.count() == 0


def test_the_question_mark_lists_the_shortcuts_also_after_the_search_field(watch):
    watched = watch()
    watched.sign_in("service")
    watched.open("/contacts/")
    shortcuts = watched.page.locator("#shortcuts")
    watched.page.keyboard.press("?")
    shortcuts.wait_for(state="visible")
    watched.page.keyboard.press("Escape")
    watched.page.keyboard.press("/")
    watched.page.keyboard.press("?")
    assert watched.page.evaluate("document.activeElement.value") == "?"
    watched.page.keyboard.press("Escape")
    watched.page.keyboard.press("?")
    shortcuts.wait_for(state="visible")


def test_the_open_tab_is_in_sight_on_a_phone(watch):
    watched = watch(390)
    watched.sign_in("marketer")
    watched.open("/segments/vip/feedback/")
    box = watched.page.locator(".tabs [aria-current]").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
