"""Every page there is, wide and narrow, light and dark: nothing complains, nothing serious to axe, nothing overhangs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.addresses import REFUSED, Address
from tests.browser.looking import change_look, overhang, serious

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
# The theme changes colours only, so that is all that axe has to look at again.
ALL: dict[str, Any] = {"resultTypes": ["violations"]}
COLOURS = ALL | {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
LOOKS = ((WIDE, "light", ALL), (WIDE, "dark", COLOURS), (NARROW, "dark", COLOURS), (NARROW, "light", ALL))
PARTS = 6


@pytest.mark.parametrize("part", range(PARTS))
def test_pages_please_everybody(watch, every_page, part):
    watched = watch()
    watched.sign_in("administrator")
    wrong = []
    for address in every_page[part::PARTS]:
        watched.expect_refusal = address.path in REFUSED
        answer = watched.open(address.path)
        if answer.status != REFUSED.get(address.path, 200):
            wrong.append(f"{address.path} answers {answer.status}")
        elif watched.page.get_by_role("heading", level=1).count() != 1:
            wrong.append(f"{address.path} has not one h1")
        else:
            wrong += [f"{address.path} {finding}" for finding in _findings(watched.page)]
    assert not wrong, "\n".join(wrong)


def _findings(page: Any) -> Iterator[str]:
    axe = Axe()
    for size, scheme, options in LOOKS:
        change_look(page, size, scheme)
        look = f"at {size['width']}, {scheme}"
        for finding in serious(axe.run(page, options=options)):
            yield f"{look}: {finding}"
        if over := overhang(page):
            yield f"{look}: {over}"


def test_every_address_answers(furnished, every_page: list[Address]):
    assert not furnished["wrong"]
    assert len(every_page) > 100
    assert {"segment_overlap", "contact", "dashboard", "operations", "import_mapping", "badge_key"} <= {
        address.name for address in every_page
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "path", ["/sign-in/", "/sign-in/closed/", "/no-such-page/", "/embed/badge/{public}/"]
)
def test_pages_for_strangers_please_everybody(watch, furnished, path, scheme):
    watched = watch(360, scheme)
    watched.expect_refusal = path in ("/sign-in/closed/", "/no-such-page/")
    watched.open(path.format(**furnished))
    assert not list(serious(Axe().run(watched.page)))
    assert not overhang(watched.page)
