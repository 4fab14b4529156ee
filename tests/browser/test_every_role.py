"""Every page that each role may open opens for it, on a phone and on a desk, and is refused to all others."""

from __future__ import annotations

import pytest

from crm.domain.roles import Role
from tests.browser.addresses import REFUSED
from tests.browser.looking import overhang

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]
OTHERS = [role for role in Role if role is not Role.ADMINISTRATOR]


@pytest.mark.parametrize("role", OTHERS)
def test_the_pages_of_a_role(watch, every_page, role):
    watched = watch(390, "dark")
    watched.sign_in(role)
    wrong = []
    for address in every_page:
        if not address.opens_for(role):
            refused = watched.page.request.get(watched.address + address.path)
            if refused.status != 403:
                wrong.append(f"{address.path} answers {refused.status}, not 403")
            continue
        watched.expect_refusal = address.path in REFUSED
        answer = watched.open(address.path)
        if answer.status != REFUSED.get(address.path, 200):
            wrong.append(f"{address.path} answers {answer.status}")
        elif watched.page.get_by_role("heading", level=1).count() != 1:
            wrong.append(f"{address.path} has not one h1")
        elif over := overhang(watched.page):
            wrong.append(f"{address.path}: {over}")
    assert not wrong, "\n".join(wrong)
