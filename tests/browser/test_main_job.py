"""The main job, done as people do it: a marketer builds a segment, service sees its badge, a manager its goal."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]


def add_condition(page: Any, sort: str, what: str) -> Any:
    """Add a condition through the picker; the new twig of the outline."""
    page.get_by_role("button", name="Condition", exact=True).click()
    picker = page.locator(".picker")
    picker.get_by_role("button", name=sort).click()
    picker.get_by_role("button", name=re.compile(f"^{what}")).click()
    return page.locator("#outline li.twig").last


def counted(page: Any) -> int:
    """The exact count, once the newest edit has been counted."""
    page.wait_for_timeout(300)
    expect(page.locator("body.counting")).to_have_count(0)
    total = page.locator("#total")
    expect(total).to_have_text(re.compile(r"^[\d,]+$"))
    return int(total.inner_text().replace(",", ""))


def test_a_marketer_builds_a_segment_and_service_sees_the_badge(watch, served):
    marketer = watch()
    marketer.sign_in("marketer")
    marketer.open("/segments/new/")
    page = marketer.page
    if page.get_by_role("button", name="Discard it").count():  # what this marketer left unfinished before
        page.get_by_role("button", name="Discard it").click()

    country = add_condition(page, "Something known about them", "Country")
    country.get_by_role("button", name="Country: choose").click()
    page.locator(".picker").get_by_role("checkbox", name=re.compile("^United Kingdom")).check()
    page.keyboard.press("Escape")
    in_the_kingdom = counted(page)
    assert in_the_kingdom > 0

    bought = add_condition(page, "Something they did", "Purchase")
    having_bought = counted(page)
    bought.get_by_label("What is asked of it").select_option("count")
    bought.get_by_label("How many").select_option("gte")
    bought.get_by_label("Number", exact=True).fill("2")
    ever_two = counted(page)
    bought.get_by_label("When").select_option("last")
    bought.get_by_label("How long: number").fill("180")
    lately_two = counted(page)

    assert in_the_kingdom > having_bought >= ever_two > lately_two > 0
    expect(page.locator("#sentence")).to_contain_text("United Kingdom")
    expect(page.locator("#sentence")).to_contain_text("180 days")

    page.get_by_role("button", name="Review and save").first.click()
    page.get_by_label("Name", exact=True).fill("UK regulars")
    page.get_by_role("button", name="Save segment").click()
    page.wait_for_url(re.compile(r"/segments/uk-regulars/"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("UK regulars")

    served.manage("recompute_segments")
    marketer.open("/segments/uk-regulars/members/")
    expect(page.locator("main")).to_contain_text(str(lately_two))
    member = page.locator("main a[href^='/contacts/']").first
    address, email = member.get_attribute("href"), member.inner_text().split()[-1]
    assert "@" in email

    service = watch()
    service.sign_in("service")
    service.open(f"/contacts/?q={email}")
    service.page.locator(f"main a[href='{address}']").first.click()
    service.page.wait_for_url(re.compile(r"/contacts/\d+/"))
    expect(service.page.locator("main")).to_contain_text(email)
    expect(service.page.locator("main")).to_contain_text("UK regulars")


def test_a_manager_sees_the_chart_of_a_goal(watch):
    manager = watch()
    manager.sign_in("manager")
    assert manager.page.url.endswith("/dashboard/")
    manager.page.locator("main").get_by_role("link", name="Grow the circle of VIPs").first.click()
    manager.page.wait_for_url(re.compile(r"/goals/\d+/"))
    expect(manager.page.locator(".js-plotly-plot, .plotly").first).to_be_visible(timeout=15_000)
    expect(manager.page.locator("main")).to_contain_text(
        re.compile("on track|at risk|off track|met", re.IGNORECASE)
    )


def test_a_wrong_password_is_refused_with_a_sentence(watch):
    stranger = watch()
    stranger.open("/segments/")
    assert "/sign-in/" in stranger.page.url
    stranger.page.get_by_label("E-mail").fill("marketer@nordwand.example")
    stranger.page.get_by_label("Password").fill("not the password")
    stranger.page.get_by_role("button", name="Sign in").click()
    expect(stranger.page.locator("main, form").first).to_contain_text(
        re.compile("No account opens with this e-mail and password")
    )
