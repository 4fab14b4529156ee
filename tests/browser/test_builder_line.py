"""When the line breaks while somebody edits: it is said, nothing is lost, it goes on by itself; and signing in again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from .test_builder_work import names, open_new

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


RULE = {
    "version": 1,
    "rule": {
        "all": [
            {"attribute": "country", "op": "is", "value": "Austria"},
            {"attribute": "newsletter", "op": "is", "value": True},
        ]
    },
}


@pytest.fixture
def marketer(watch: Any) -> Iterator[Any]:
    found = watch()
    found.sign_in("marketer")
    open_new(found, f"/segments/new/?rule={quote(json.dumps(RULE))}")
    expect(found.page.locator(".twig")).to_have_count(2)
    expect(found.page.locator("#sentence")).to_contain_text("Newsletter is yes")
    yield found
    found.page.goto("about:blank")
    # What the browser itself writes of a broken line is what these tests are about.
    found.complaints[:] = [one for one in found.complaints if "Failed to load resource" not in one]


def use(page: Any, words: str) -> None:
    """Change the value of the newsletter: an edit without a phrase."""
    page.locator(".twig select.value").last.select_option(label=words)


def test_an_error_of_the_server_is_told_and_asked_again(marketer: Any) -> None:
    page = marketer.page
    page.route(
        "**/segments/preview/", lambda route: route.fulfill(status=500, content_type="text/html", body="oops")
    )
    before = page.locator("#total").inner_text()
    use(page, "no")
    line = page.locator("#line")
    expect(line).to_contain_text("error 500")
    expect(line).to_contain_text("kept in this browser")
    assert names(page) == ["Country", "Newsletter"]
    page.unroute("**/segments/preview/")
    expect(line).to_be_empty(timeout=15_000)
    expect(page.locator("#total")).not_to_have_text(before)


def test_who_is_signed_out_while_editing_signs_in_again_and_loses_nothing(marketer: Any) -> None:
    page = marketer.page
    kept = page.context.cookies()
    page.context.clear_cookies()
    use(page, "no")
    line = page.locator("#line")
    expect(line).to_contain_text("You were signed out")
    link = line.get_by_role("link", name="Sign in again")
    assert link.get_attribute("href").startswith("/sign-in/?next=%2Fsegments%2Fnew%2F")
    with page.context.expect_page() as opened:
        link.click()
    other = opened.value
    other.get_by_label("E-mail").fill("marketer@nordwand.example")
    other.get_by_label("Password").fill("nordwand-demo")
    other.get_by_role("button", name="Sign in").click()
    expect(other.locator("body[data-builder=ready]")).to_have_count(1)
    assert names(other) == ["Country", "Newsletter"]
    other.close()
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(line).to_be_empty(timeout=15_000)
    expect(page.locator("#sentence")).to_contain_text("Newsletter is no")
    page.get_by_role("button", name="Review and save").first.click()
    page.get_by_label("Name", exact=True).fill("After signing in again")
    page.get_by_role("button", name="Save segment").click()
    page.wait_for_url(re.compile(r"/segments/after-signing"))
    assert kept


def test_the_newest_edit_wins_over_a_slow_answer(marketer: Any) -> None:
    page = marketer.page
    asked: list[dict[str, Any]] = []
    page.on("request", lambda request: asked.append(request.post_data_json["turn"]) if request.url.endswith("/segments/preview/") else None)  # fmt: skip
    for words in ("no", "yes", "no", "yes", "no"):
        use(page, words)
        page.wait_for_timeout(45)
    expect(page.locator("body.counting")).to_have_count(0)
    expect(page.locator("#sentence")).to_contain_text("Newsletter is no")
    numbers = [turn["number"] for turn in asked]
    assert numbers == sorted(set(numbers))
    assert len({turn["of"] for turn in asked}) == 1


def test_beside_the_rule_stand_others_who_nearly_match_and_other_days(marketer: Any) -> None:
    page = marketer.page
    people = page.locator("#people")
    first = people.locator("a").all_inner_texts()
    page.get_by_role("button", name="Five others").click()
    expect(people.locator("a").first).not_to_have_text(first[0])
    page.get_by_text("Nearly", exact=True).click()
    expect(people).to_contain_text("But for:")
    days = page.locator("#elsewhen")
    expect(days.locator("li")).to_have_count(4, timeout=10_000)
    page.get_by_role("button", name="Pick a date").click()
    page.get_by_label("A day in the past").fill("2026-03-14")
    expect(days.locator("li")).to_have_count(5)
    expect(days).to_contain_text("14 Mar 2026")


def test_a_looser_value_gives_what_it_says(marketer: Any) -> None:
    page = marketer.page
    note = page.locator(".twig .note").filter(has_text="would match").filter(has=page.locator("button")).first
    told = note.locator(".offer").first.inner_text()
    given = re.search(r"gives (\d[\d,]*\d|\d)", told)
    assert given, told
    button = note.get_by_role("button").first
    button.press("Enter")
    expect(page.locator("#total")).to_have_text(given[1])
    expect(page.locator(":focus")).to_have_class(re.compile("grip"))


def test_who_goes_offline_edits_on_and_is_counted_on_coming_back(marketer: Any) -> None:
    page = marketer.page
    page.context.set_offline(True)
    use(page, "no")
    line = page.locator("#line")
    expect(line).to_contain_text("You are offline")
    page.wait_for_timeout(1_000)  # the draft could not be sent either
    expect(page.locator("#sentence")).to_contain_text("Newsletter is yes")
    page.context.set_offline(False)
    expect(line).to_be_empty(timeout=5_000)
    expect(page.locator("#sentence")).to_contain_text("Newsletter is no")
    with page.expect_response("**/segments/draft/") as kept:
        use(page, "yes")
    assert kept.value.ok


def test_the_save_dialog_leads_to_all_who_would_join(marketer: Any) -> None:
    page = marketer.page
    count = page.locator("#total").inner_text()
    page.get_by_role("button", name="Review and save").first.click()
    with page.context.expect_page() as opened:
        page.locator("#rehearsal").get_by_role("link", name="See who").click()
    other = opened.value
    expect(other.get_by_role("heading", name="Who would come and go")).to_be_visible()
    expect(other.locator("main")).to_contain_text(count)
    expect(other.locator("main")).to_contain_text("Country is ‘Austria’")
    other.get_by_role("link", name="Back to the rule").click()
    expect(other.locator("body[data-builder=ready]")).to_have_count(1)
    assert names(other) == ["Country", "Newsletter"]
    other.close()
    expect(page.locator("#rehearsal")).to_be_visible()
    page.get_by_role("button", name="Keep editing").click()
