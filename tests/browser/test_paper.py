"""What is printed: no navigation, nothing cut off at the edge of the paper, and charts as wide as it is."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser
A4 = {"width": 794, "height": 1_123}
GONE = (".skip", ".rail", ".topbar", ".tabs", ".head .actions")
WIDTH = "document.querySelector('[data-chart] .main-svg').getBoundingClientRect().width"
INK = "getComputedStyle(document.querySelector('[data-chart] .bars path')).fill"


def test_a_page_on_paper_has_nothing_to_press_and_its_charts_fit(watch, furnished):
    watched = watch(1440, "dark")
    watched.sign_in("marketer")
    page = watched.page
    watched.open("/segments/vip/value/")
    page.wait_for_selector("[data-chart] .main-svg")
    wide, dark = page.evaluate(WIDTH), page.evaluate(INK)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert page.evaluate(WIDTH) <= 640 < wide
    assert page.evaluate(INK) != dark, "on paper a chart has the colours of the light theme"
    page.set_viewport_size(A4)
    for part in GONE:
        assert not page.locator(part).first.is_visible(), part
    assert page.evaluate("document.documentElement.scrollWidth") <= A4["width"]
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.wait_for_function(f"{WIDTH} > 640")
    assert page.evaluate(INK) == dark
    assert page.evaluate("document.documentElement.dataset.theme") is None
