"""The service agent's and the manager's way through Facet, by keys alone."""

from __future__ import annotations

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
NAMED = """() => { const at = document.activeElement; if (!at || at === document.body) return "";
  const by = at.getAttribute("aria-label") || at.labels?.[0]?.textContent || at.textContent || at.name || "";
  return by.trim().replace(/\\s+/g, " "); }"""


def walk_to(page, name, most=120):
    """Press Tab until the place with this name (a pattern) has the focus, and see that it shows it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if re.search(name, page.evaluate(NAMED)):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            around = page.evaluate(
                "getComputedStyle(document.activeElement.closest('.finder, .field-row') ?? document.body).outlineStyle"
            )
            assert "none" not in (outline, around) or outline != around, f"{name}: the focus is not seen"
            return
    raise AssertionError(f"{name} is not reached in {most} steps of Tab")


def enter(page):
    with page.expect_navigation(wait_until="networkidle"):
        page.keyboard.press("Enter")


def test_service_finds_a_customer_reads_why_votes_and_leaves_a_task(watch):
    watched = watch()
    watched.sign_in("service")
    page = watched.page
    watched.open("/contacts/")
    link = page.locator("tbody tr:has(.chip) a:has(.avatar)").first
    watched.open(link.get_attribute("href"))
    somebody = page.get_by_role("heading", level=1).inner_text()
    watched.open("/tasks/")
    page.keyboard.press("Control+k")
    page.locator("#palette").wait_for()
    page.keyboard.type(somebody)
    page.locator("#palette [role=option]", has_text=somebody).first.wait_for()
    enter(page)
    assert page.get_by_role("heading", level=1).inner_text() == somebody
    walk_to(page, r"^Why .+\?$")
    enter(page)
    assert page.get_by_role("heading", level=1, name="Why").count() == 1
    page.go_back(
        wait_until="networkidle"
    )  # Alt and the arrow belong to the browser: a headless one has no such key
    walk_to(page, "^(Yes, .* is right|Undo)")
    voted = page.evaluate(NAMED).startswith("Yes")
    with page.expect_response("**/vote/"):
        page.keyboard.press("Enter")
    page.locator(".vote", has_text="You said yes" if voted else "Is this right").first.wait_for()
    if not voted:
        page.locator(".vote :focus").wait_for()
        with page.expect_response("**/vote/"):
            page.keyboard.press("Enter")  # on Yes, where the answer has put the focus
    page.locator(".vote [name=reason]:focus").wait_for()  # the next step has the focus
    page.keyboard.type("Told us so")
    with page.expect_response("**/vote/"):
        page.keyboard.press("Enter")
    page.locator(".vote:has([value='Told us so'])", has_text="your reason is kept").first.wait_for()
    page.locator(".vote :focus").wait_for()
    walk_to(page, "^New task$")
    page.keyboard.press("Enter")
    page.locator("#task-dialog").wait_for(state="visible")
    page.keyboard.type("Call back about the boots")
    enter(page)
    page.locator("#tasks", has_text="Call back about the boots").wait_for()


def test_a_manager_goes_from_the_dashboard_to_the_value_of_a_segment(watch):
    watched = watch()
    watched.sign_in("manager")
    page = watched.page
    watched.open("/dashboard/")
    goal = page.locator(".goal h3 a").first.inner_text()
    walk_to(page, f"^{re.escape(goal)}$")
    enter(page)
    assert page.get_by_role("heading", level=1, name=goal).count() == 1
    segment = page.locator(".facts a.chip").first.inner_text()
    walk_to(page, f"^{re.escape(segment)}$")
    enter(page)
    assert page.get_by_role("heading", level=1, name=segment).count() == 1
    walk_to(page, "^Value$")
    enter(page)
    page.get_by_role("heading", name="What they bought").wait_for()


def test_a_menu_closes_when_the_focus_goes_on_past_it(watch):
    watched = watch()
    watched.sign_in("marketer")
    page = watched.page
    watched.open("/segments/vip/")
    walk_to(page, "^More: copy")
    page.keyboard.press("Enter")
    menu = page.locator("#more")
    menu.wait_for()
    inside = menu.locator("a, button").count()
    assert inside > 1
    for _ in range(inside):
        page.keyboard.press("Tab")
        assert menu.locator(":focus").count() == 1
    page.keyboard.press("Tab")
    menu.wait_for(state="hidden")
    assert page.locator("main :focus").count() == 1, "the focus goes on"


# Whether what has the focus is what one meets at its place: neither clipped away nor under a bar.
SEEN = """() => {
  const focused = document.activeElement, place = focused.getBoundingClientRect();
  const at = document.elementFromPoint(place.left + Math.min(place.width / 2, 20), place.top + place.height / 2);
  return focused === document.body || (Boolean(at) && (focused.contains(at) || focused.closest("label")?.contains(at)));
}"""


@pytest.mark.parametrize("path", ["/contacts/", "/segments/vip/edit/"])
def test_on_a_phone_the_focus_is_never_hidden(watch, path):
    watched = watch(390)
    watched.sign_in("marketer")
    page = watched.page
    watched.open(path)
    hidden = []
    for _ in range(45):
        page.keyboard.press("Tab")
        if not page.evaluate(SEEN):
            hidden.append(page.evaluate("document.activeElement.outerHTML.slice(0, 120)"))
    assert not hidden
