"""What is said before saving is about the rule that is saved, also where its count is still on the way."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from .test_builder_work import open_new, say

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def test_the_review_waits_for_the_count_of_the_last_edit(watch: Any) -> None:
    marketer = watch()
    marketer.sign_in("marketer")
    page = open_new(marketer)
    say(page, "bought at least twice")
    expect(page.locator("body.counting")).to_have_count(0)
    before = page.locator("#total").inner_text()
    late: list[Any] = []

    def hold(route: Any) -> None:
        late.append(route)

    page.route("**/segments/preview/", hold)
    page.get_by_label("Number", exact=True).fill("400")
    page.get_by_role("button", name="Review and save").click()
    dialog = page.get_by_role("dialog", name="Save a new segment")
    expect(dialog).to_be_visible()
    expect(dialog).not_to_contain_text(before)
    expect(dialog).not_to_contain_text("twice")
    late[-1].continue_()
    expect(dialog).to_contain_text("at least 400 times")
    expect(dialog).to_contain_text("Nobody matches it yet")
