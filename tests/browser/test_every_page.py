"""Every page, wide and narrow, light and dark: nothing complains, no serious axe finding, nothing hangs over the edge."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PAGES = {
    "marketer": (
        *("/segments/", "/segments/new/", "/segments/vip/", "/segments/vip/edit/", "/segments/vip/members/"),
        *(
            "/segments/vip/log/",
            "/segments/vip/versions/",
            "/segments/vip/settings/",
            "/segments/new/list/",
            "/segments/import/",
        ),
        *(
            "/segments/vip/differences/",
            "/segments/vip/profile/",
            "/segments/vip/value/",
            "/segments/vip/overlap/",
        ),
        *("/segments/compare/?s=vip&s=active", "/segments/?view=cards", "/segments/people/?in=vip"),
        *(
            "/segments/movement/",
            "/segments/vip/crossing/came/",
            "/segments/vip/past/",
            "/segments/vip/hand/",
        ),
        *("/campaigns/", "/campaigns/1/", "/campaigns/new/", "/imports/", "/imports/new/", "/attributes/"),
        *("/attributes/1/", "/tokens/", "/tokens/new/"),
    ),
    "service": (
        *("/contacts/", "/contacts/1/", "/contacts/1/edit/", "/contacts/1/history/", "/contacts/new/"),
        *("/contacts/1/consent/ledger/", "/companies/", "/contacts/?q=nobody-is-called-so", "/password/"),
    ),
    "service lead": (
        *("/tasks/", "/tasks/?whose=all&state=done", "/reviews/", "/reviews/1/", "/segments/vip/playbook/"),
        *("/segments/sale-hunters/feedback/", "/help-desks/", "/help-desks/new/"),
        *("/duplicates/", "/duplicates/?show=dismissed", "/contacts/1/merge/", "/contacts/1/merge/?with=2"),
        "/contacts/1/merges/",
    ),
    "manager": ("/dashboard/", "/goals/", "/goals/1/", "/goals/new/"),
    "administrator": ("/team/", "/team/invite/", "/account/", "/contacts/2/erase/"),
}
LOOKS = ((1440, "light"), (390, "dark"))


@pytest.mark.parametrize(("width", "scheme"), LOOKS, ids=[f"{width}-{scheme}" for width, scheme in LOOKS])
@pytest.mark.parametrize("role", PAGES)
def test_pages_please_everybody(watch, role, width, scheme):
    watched = watch(width, scheme)
    watched.sign_in(role)
    axe, wrong = Axe(), []
    for path in PAGES[role]:
        answer = watched.open(path)
        if answer.status != 200:
            wrong.append(f"{path} answers {answer.status}")
            continue
        wrong += [f"{path} {finding}" for finding in serious(axe.run(watched.page))]
        over = watched.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if over > 0:
            wrong.append(f"{path} is {over} px wider than the window")
        if watched.page.get_by_role("heading", level=1).count() != 1:
            wrong.append(f"{path} has not one h1")
    assert not wrong, "\n".join(wrong)


def test_the_sign_in_page_pleases_everybody(watch):
    watched = watch(360)
    watched.open("/sign-in/")
    assert not list(serious(Axe().run(watched.page)))


def serious(results):
    """The findings of axe that keep people out, each in a line."""
    for finding in results.response["violations"]:
        if finding["impact"] in ("serious", "critical"):
            where = finding["nodes"][0]
            yield f"{finding['id']}: {finding['help']} at {where['target']} {where.get('failureSummary', '')[:200]}"
