"""The work of building: drafts that survive, two editors, moving by mouse, finger and keys, copying, words, odd values."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from .test_every_page import serious

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
NEW = "/segments/new/"


def open_new(watched: Any, path: str = NEW) -> Any:
    """The builder, with no draft from before."""
    watched.open(path)
    discard = watched.page.get_by_role("button", name="Discard it")
    if discard.count():
        discard.click()
    return watched.page


def say(page: Any, words: str) -> None:
    """Draft a rule from a sentence and use it."""
    page.locator("#phrase").fill(words)
    page.get_by_role("button", name="Draft the rule").click()
    page.locator("#phrase-use").click()


def names(page: Any) -> list[str]:
    """The conditions from top to bottom, by what they ask about."""
    return list(page.locator("#outline .twig .part.what").all_inner_texts())


def centre(place: Any) -> tuple[float, float]:
    box = place.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def settled(page: Any) -> None:
    """Wait until the costly condition is marked: from then on nothing shifts under the hand."""
    expect(page.locator(".twig .note:visible").first).to_be_visible(timeout=15_000)


THREE = "in Austria, with newsletter, bought twice this year"


@pytest.fixture
def three(watch: Any) -> Any:
    """Three conditions: country, newsletter, purchase."""
    marketer = watch()
    marketer.sign_in("marketer")
    page = open_new(marketer)
    say(page, THREE)
    assert names(page) == ["Country", "Newsletter", "Purchase"]
    settled(page)
    return page


def test_a_sentence_says_what_it_did_not_understand(watch: Any) -> None:
    marketer = watch()
    marketer.sign_in("marketer")
    page = open_new(marketer)
    page.locator("#phrase").fill(
        "women in Vienna who bought twice this year for more than 50 euro and sparkle"
    )
    page.get_by_role("button", name="Draft the rule").click()
    answer = page.locator("#phrase-answer")
    expect(answer).to_contain_text("Not understood: ‘sparkle’")
    expect(answer).to_contain_text(re.compile("customers? match"))
    page.get_by_label("What ‘for more than 50 euro’ means").select_option(label="in total")
    expect(answer.get_by_role("combobox")).to_have_value("0")
    page.get_by_role("button", name="Use this rule").click()
    assert names(page)[:2] == ["Gender", "City"]
    expect(page.locator("#sentence")).to_contain_text("Wien")


def test_a_draft_survives_reloading_and_signing_out(three: Any, watch: Any) -> None:
    page = three
    page.wait_for_timeout(1_200)
    page.reload()
    expect(page.locator("#draft")).to_contain_text("You have a draft from")
    assert names(page) == ["Country", "Newsletter", "Purchase"]
    elsewhere = watch()  # another browser: nothing is kept there
    elsewhere.sign_in("marketer")
    elsewhere.open(NEW)
    expect(elsewhere.page.locator("#draft")).to_contain_text("You have a draft from")
    assert names(elsewhere.page) == ["Country", "Newsletter", "Purchase"]
    elsewhere.page.get_by_role("button", name="Discard it").click()
    assert names(elsewhere.page) == []
    elsewhere.page.get_by_role("button", name="Undo").click()
    assert names(elsewhere.page) == ["Country", "Newsletter", "Purchase"]


def test_two_editors_are_told_and_a_conflict_shows_both_sentences(watch: Any) -> None:
    first = watch()
    first.sign_in("marketer")
    page = open_new(first)
    say(page, "in Austria")
    page.get_by_role("button", name="Review and save").first.click()
    page.get_by_label("Name", exact=True).fill("Contested")
    page.get_by_role("button", name="Save segment").click()
    page.wait_for_url(re.compile(r"/segments/contested"))
    address = re.sub(r".*(/segments/[^/]+/).*", r"\1edit/", page.url)

    second = watch()
    second.sign_in("administrator")
    open_new(first, address)
    open_new(second, address)
    expect(second.page.locator("#company")).to_contain_text("Marta Brunner has this rule open too")
    for watched, words in ((second, "in Germany"), (first, "in Italy")):
        say(watched.page, words)
        expect(watched.page.locator("#sentence")).to_contain_text(words.removeprefix("in "))
    second.page.get_by_role("button", name="Review and save").first.click()
    second.page.get_by_role("button", name="Save version 2").click()
    second.page.wait_for_url(re.compile(r"/segments/contested[^/]*/$"))
    page.get_by_role("button", name="Review and save").first.click()
    first.complaints.clear()
    page.get_by_role("button", name="Save version 2").click()
    newer = page.locator("#newer")
    expect(newer).to_contain_text("saved version 2")
    expect(newer.get_by_role("button", name="Go on with theirs")).to_be_focused()
    expect(newer).to_contain_text("Germany")
    expect(newer).to_contain_text("Italy")
    first.complaints.clear()  # the browser tells of the 409 that this test is about
    newer.get_by_role("button", name="Keep mine").click()
    expect(page.locator("#unsaved")).to_have_text("Unsaved changes to version 2")
    page.get_by_role("button", name="Review and save").first.click()
    page.locator("#rehearsal").get_by_role("button", name="Save version 3").click()
    page.wait_for_url(re.compile(r"/segments/contested[^/]*/$"))
    expect(page.locator("main")).to_contain_text("Italy")


def test_conditions_are_moved_by_mouse(three: Any) -> None:
    page = three
    x, y = centre(page.locator(".twig .grip").nth(2))
    page.mouse.move(x, y)
    page.mouse.down()
    target = page.locator(".twig").first.bounding_box()
    page.mouse.move(target["x"] + 80, target["y"] + 3, steps=8)
    page.mouse.up()
    assert names(page) == ["Purchase", "Country", "Newsletter"]
    page.keyboard.press("Control+z")
    assert names(page) == ["Country", "Newsletter", "Purchase"]
    page.keyboard.press("Control+Shift+z")
    assert names(page) == ["Purchase", "Country", "Newsletter"]


def test_conditions_are_moved_by_finger(watch: Any) -> None:
    marketer = watch(touch=True)
    marketer.sign_in("marketer")
    page = open_new(marketer)
    say(page, THREE)
    settled(page)
    x, y = centre(page.locator(".twig .grip").nth(2))
    target = page.locator(".twig").first.bounding_box()
    hand = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        hand.send(
            "Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": a, "y": b} for a, b in points]}
        )

    touch("touchStart", (x, y))
    for part in range(1, 9):
        touch("touchMove", (x + 60 * part / 8, y + (target["y"] + 3 - y) * part / 8))
        page.wait_for_timeout(20)
    touch("touchEnd")
    page.wait_for_timeout(50)
    assert names(page) == ["Purchase", "Country", "Newsletter"]


def test_conditions_are_moved_copied_and_wrapped_by_keyboard(three: Any) -> None:
    page = three
    page.locator(".twig .grip").nth(2).focus()
    page.keyboard.press("Alt+ArrowUp")
    assert names(page) == ["Country", "Purchase", "Newsletter"]
    expect(page.locator("#live")).to_contain_text("Moved to place 2 of 3")
    expect(page.locator(".twig .grip").nth(1)).to_be_focused()
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    assert names(page) == ["Country", "Purchase", "Purchase", "Newsletter"]
    page.keyboard.press("Delete")
    assert names(page) == ["Country", "Purchase", "Newsletter"]
    page.get_by_role("button", name="More for this condition").first.focus()
    page.keyboard.press("Enter")
    page.locator(".picker").get_by_role("button", name="Wrap in a group").press("Enter")
    assert page.locator("#outline .group .group").count() == 1
    page.get_by_role("button", name="More for this group").nth(1).press("Enter")
    page.locator(".picker").get_by_role("button", name="Take the group apart").press("Enter")
    assert page.locator("#outline .group .group").count() == 0
    page.get_by_role("button", name="More for this condition").first.press("Enter")
    page.locator(".picker").get_by_role("button", name="Negate").press("Enter")
    expect(page.locator(".twig").first.locator(".part.not")).to_have_text("not")


def test_tab_leads_out_of_a_picker_to_what_follows_it_in_the_rule(three: Any) -> None:
    page = three
    opener = page.get_by_role("button", name="More for this condition").first
    opener.press("Enter")
    picker = page.locator(".picker")
    for _ in range(picker.get_by_role("button").count()):
        expect(picker.locator(":focus")).to_have_count(1)
        page.keyboard.press("Tab")
    expect(picker).to_have_count(0)
    expect(page.locator("#outline :focus")).to_have_count(1)
    expect(opener).not_to_be_focused()
    opener.press("Enter")
    expect(picker.locator(":focus")).to_have_count(1)
    page.keyboard.press("Shift+Tab")
    expect(picker).to_have_count(0)
    expect(opener).to_be_focused()


STEPS = [{"interaction": "page_view"}, {"interaction": "return"}, {"interaction": "purchase", "absent": True}]


@pytest.fixture
def sequence(watch: Any) -> Any:
    """A sequence of three steps, of which the last did not happen."""
    marketer = watch()
    marketer.sign_in("marketer")
    rule = {"version": 1, "rule": {"sequence": STEPS, "within": [60, "day"]}}
    open_new(marketer, f"{NEW}?rule={quote(json.dumps(rule))}")
    assert names(marketer.page) == ["Page view", "Return", "Purchase"]
    return marketer.page


def test_steps_are_moved_by_keyboard_and_by_button(sequence: Any) -> None:
    page = sequence
    grips = page.locator(".line .grab")
    grips.nth(0).focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("#live")).to_contain_text("first step already")
    page.keyboard.press("Alt+ArrowDown")
    assert names(page) == ["Return", "Page view", "Purchase"]
    expect(page.locator("#live")).to_contain_text("Moved to step 2 of 3")
    expect(grips.nth(1)).to_be_focused()
    page.keyboard.press("Delete")  # on a condition's grip it removes; here nothing may be lost
    page.keyboard.press("Alt+ArrowDown")
    assert names(page) == ["Return", "Purchase", "Page view"]
    # That it did not happen is said of the last place.

    def turned(request: Any) -> bool:
        asked = request.post_data_json if request.url.endswith("/segments/preview/") else None
        steps = asked["document"]["rule"]["sequence"] if asked else []
        kinds = [(step["interaction"], step.get("absent", False)) for step in steps]
        return kinds == [("purchase", False), ("return", False), ("page_view", True)]

    with page.expect_request(turned):
        page.get_by_role("button", name="Move step 2 up").press("Enter")
    expect(grips.nth(0)).to_be_focused()  # there is no button up at the first step
    for shown in (
        ["Return", "Purchase", "Page view"],
        ["Return", "Page view", "Purchase"],
        ["Page view", "Return", "Purchase"],
    ):
        page.keyboard.press("Control+z")
        assert names(page) == shown
    page.keyboard.press("Control+Shift+z")
    assert names(page) == ["Return", "Page view", "Purchase"]


def test_steps_are_moved_by_mouse_and_only_within_their_sequence(sequence: Any) -> None:
    page = sequence
    grips = page.locator(".line .grab")

    def drag(source: Any, x: float, y: float) -> None:
        page.mouse.move(*centre(source))
        page.mouse.down()
        page.mouse.move(x, y, steps=8)
        page.mouse.up()

    first = page.locator("#outline .line").first.bounding_box()
    drag(grips.nth(2), first["x"] + 60, first["y"] + 3)
    assert names(page) == ["Purchase", "Page view", "Return"]
    expect(grips.nth(0)).to_be_focused()
    assert page.locator(".dragging, .drop-before, .drop-after").count() == 0
    head = page.locator("#outline .group-head").first.bounding_box()
    drag(grips.nth(2), head["x"] + 200, head["y"] + 5)
    assert names(page) == ["Purchase", "Page view", "Return"]
    page.keyboard.press("Control+z")
    assert names(page) == ["Page view", "Return", "Purchase"]


def test_an_edit_says_what_it_takes_from_a_campaign(watch: Any) -> None:
    watched = watch()
    watched.sign_in("marketer")
    page = open_new(watched, "/segments/vip/edit/")
    uses = page.locator(".below [data-uses] li")
    expect(uses.filter(has_text="Winter preview for VIPs")).to_contain_text("Waits for approval")
    page.locator("#outline input[inputmode=decimal]").first.fill("100000")
    campaign = uses.filter(has_text="Winter preview for VIPs")
    expect(campaign).to_contain_text("stop receiving it", timeout=15_000)
    expect(campaign).to_contain_text(
        "Counted: members who allow e-mail for offers and have an address for it."
    )
    stopping = int(re.findall(r"([\d,]+) stops? receiving", campaign.inner_text())[0].replace(",", ""))
    leaving = page.locator("#if-saved dd").nth(1).inner_text()
    assert 0 < stopping <= int(leaving.lstrip("−").replace(",", ""))
    page.get_by_role("button", name="Review and save").first.click()
    told = page.locator("#rehearsal [data-uses] li")
    expect(told.filter(has_text="Winter preview for VIPs")).to_contain_text(f"{stopping:,} stop")
    expect(told.filter(has_text="Badge in service")).to_contain_text("lose it")
    page.get_by_role("button", name="Keep editing").click()
    page.get_by_role("button", name="Undo").click()


def test_the_audience_adds_up_and_five_say_why(three: Any) -> None:
    page = three
    expect(page.locator("#reach dt").first).to_have_text("May be e-mailed")
    page.wait_for_timeout(400)
    match = int(page.locator("#match").inner_text().replace(",", ""))
    figures = [int(text.replace(",", "")) for text in page.locator("#reach dd:not(.sub)").all_inner_texts()]
    assert figures[0] + figures[1] == match
    page.locator("#people").get_by_role("button", name=re.compile("^Why")).first.click()
    expect(page.locator("#people .person-why").first).to_contain_text("Austria")


ODD = [
    "<script>window.__x=1</script>",
    "=1+1",
    "\u202eevil",
    "👩‍👩‍👧 emoji",
    "{{7*7}}",
    "x" * 10_000,
    '"><img src=x onerror=alert(1)>',
]


def odd_values() -> list[str]:
    """Adversarial texts: the shared ones where they lie beside the checkout, and a few of our own."""
    found = list(ODD)
    folder = Path(__file__).resolve().parents[3] / "shared/data/08_security"
    for name in ("xss", "csv_formula_injection", "template_and_merge_tags", "unicode_names_and_mails"):
        path = folder / f"{name}.json"
        if path.exists():
            items = json.loads(path.read_text(encoding="utf-8"))["items"]
            found += [item if isinstance(item, str) else str(item.get("v", "")) for item in items]
    long = [f"{text}{number}" for number in range(200) for text in found[:8] if len(text) < 200]
    return (found + long)[:200]


def test_odd_values_are_shown_as_what_they_are(watch: Any) -> None:
    marketer = watch()
    marketer.sign_in("marketer")
    values = [
        value for value in odd_values() if value.strip() and not re.search("[\x00\ud800-\udfff]", value)
    ]
    rule = {"any": [{"attribute": "city", "op": "is", "value": value} for value in values]}
    page = open_new(marketer)
    page.evaluate("([key, rule]) => localStorage.setItem(key, JSON.stringify(rule))", ["facet.clip", rule])
    page.get_by_role("button", name="From a template").focus()
    page.evaluate(
        """rule => { const data = new DataTransfer(); data.setData('text/plain', JSON.stringify(rule));
        document.activeElement.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true})); }""",
        rule,
    )
    expect(page.locator("#outline .twig")).to_have_count(len(values))
    shown = page.locator("#outline .twig .part.value .clip").all_text_contents()
    assert shown == values
    page.wait_for_timeout(600)
    expect(page.locator("#sentence")).to_contain_text("<script>window.__x=1</script>")
    assert page.evaluate("window.__x === undefined")
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0
    page.locator("#phrase").fill("<script>window.__x=1</script> =1+1 \u202eevil")
    page.get_by_role("button", name="Draft the rule").click()
    expect(page.locator("#phrase-answer")).to_contain_text("script")
    assert page.evaluate("window.__x === undefined")


@pytest.mark.parametrize(
    ("width", "scheme"), [(1440, "light"), (1440, "dark"), (390, "light"), (390, "dark")]
)
def test_a_rule_at_work_pleases_everybody(watch: Any, width: int, scheme: str) -> None:
    marketer = watch(width, scheme)
    marketer.sign_in("marketer")
    page = open_new(marketer)
    say(page, "women in Vienna who are not gold, bought twice this year or stopped buying")
    page.wait_for_timeout(800)
    page.locator("#people").get_by_role("button", name=re.compile("^Why")).first.click()
    page.locator("#phrase").fill("gold unicorns")
    page.get_by_role("button", name="Draft the rule").click()
    expect(page.locator("#phrase-answer")).to_contain_text("Not understood")
    wrong = list(serious(Axe().run(page)))
    page.get_by_role("button", name="Condition", exact=True).first.click()
    page.wait_for_timeout(300)
    wrong += list(serious(Axe().run(page)))
    page.keyboard.press("Escape")
    assert not wrong, "\n".join(wrong)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
