"""The pages: who may open them, what they say, how many queries they take."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from campaigns.actions.measuring import measure_goals
from campaigns.models import Campaign, Goal, GoalPoint
from campaigns.pages.urls import urlpatterns
from crm.models import AuditEntry, Contact
from segments.models import Segment, SegmentSize
from tests.campaigns.conftest import NOON

EVERYONE = {"marketer", "service", "manager", "administrator"}
READERS = EVERYONE - {"service"}
GOAL_EDITORS = {"manager", "administrator"}
CAMPAIGN_EDITORS = {"marketer", "administrator"}
# name -> (roles, method)
DOORS: dict[str, tuple[set[str], str]] = {
    "dashboard": (READERS, "get"),
    "dashboard_movement": (READERS, "get"),
    "goals": (READERS, "get"),
    "goals_csv": (READERS, "get"),
    "goal": (READERS, "get"),
    "goal_csv": (READERS, "get"),
    "goal_new": (GOAL_EDITORS, "get"),
    "goal_fields": (GOAL_EDITORS, "get"),
    "goal_now": (GOAL_EDITORS, "get"),
    "goal_edit": (GOAL_EDITORS, "get"),
    "goal_archive": (GOAL_EDITORS, "post"),
    "campaigns": (READERS, "get"),
    "campaigns_csv": (READERS, "get"),
    "campaign": (READERS, "get"),
    "campaign_audience": (READERS, "get"),
    "campaign_people": (READERS, "get"),
    "campaign_people_csv": (READERS, "get"),
    "campaign_new": (CAMPAIGN_EDITORS, "get"),
    "campaign_edit": (CAMPAIGN_EDITORS, "get"),
    "campaign_copy": (CAMPAIGN_EDITORS, "post"),
    "campaign_state": (CAMPAIGN_EDITORS, "post"),
    "campaign_approve": (READERS, "post"),
}
SIGN_IN = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _at_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    for door in ("dashboard", "goals", "campaigns"):
        monkeypatch.setattr(f"campaigns.pages.{door}.now", lambda: NOON)


def address(name: str, number: int) -> str:
    arguments = [number, "allowed"] if name.startswith("campaign_people") else [number]
    pattern = next(str(found.pattern) for found in urlpatterns if found.name == name)
    return reverse(name, args=arguments if "<" in pattern else [])


def test_every_address_is_in_the_table_of_doors() -> None:
    assert {found.name for found in urlpatterns} == set(DOORS)


@pytest.mark.parametrize("name", sorted(DOORS))
def test_only_the_roles_of_the_table_get_in(
    name: str, goal: Callable[..., Goal], campaign: Callable[..., Campaign], signed_in: SIGN_IN
) -> None:
    number = goal().pk if name.startswith("goal") else campaign().pk
    roles, method = DOORS[name]
    stranger = getattr(Client(), method)(address(name, number))
    assert stranger.status_code == 302
    assert stranger.url.startswith("/sign-in/")
    for role in EVERYONE:
        answer = getattr(signed_in(role), method)(address(name, number))
        assert (answer.status_code == 403) is (role not in roles), f"{role} at {name}: {answer.status_code}"
        assert answer.status_code in (200, 302, 403)


def test_a_segment_leads_to_a_campaign_and_a_goal_for_those_who_may(
    segment: Segment, signed_in: SIGN_IN
) -> None:
    campaign, goal = f"/campaigns/new/?segment={segment.pk}", f"/goals/new/?segment={segment.pk}"
    for role, offered in (
        ("marketer", [campaign]),
        ("manager", [goal]),
        ("administrator", [campaign, goal]),
        ("service", []),
    ):
        text = signed_in(role).get("/segments/buyers/").content.decode()
        assert [url for url in (campaign, goal) if f'href="{url}"' in text] == offered, role
    assert f'<option value="{segment.pk}" selected>' in signed_in("marketer").get(campaign).content.decode()
    Segment.objects.update(archived_at=NOON)
    assert "/campaigns/new/" not in signed_in("marketer").get("/segments/buyers/").content.decode()


@pytest.mark.parametrize("name", [name for name, (_, method) in DOORS.items() if method == "post"])
def test_what_changes_something_cannot_be_fetched(
    name: str, goal: Callable[..., Goal], campaign: Callable[..., Campaign], signed_in: SIGN_IN
) -> None:
    number = goal().pk if name.startswith("goal") else campaign().pk
    assert signed_in("administrator").get(address(name, number)).status_code == 405


def test_what_is_not_there_is_404(db: None, signed_in: SIGN_IN) -> None:
    browser = signed_in("administrator")
    for name in DOORS:
        if "99" in address(name, 99):
            method = DOORS[name][1]
            assert getattr(browser, method)(address(name, 99)).status_code == 404, name


def test_the_dashboard_says_what_needs_you(
    contact: Callable[..., Contact],
    enter: Callable[..., Contact],
    goal: Callable[..., Goal],
    signed_in: SIGN_IN,
) -> None:
    for _ in range(3):
        enter(contact(), 50)
    goal(name="Falls behind", target=Decimal(100))
    goal(name="Three it is", target=Decimal(3))
    measure_goals(as_of=NOON)
    page = signed_in("manager").get("/dashboard/").content.decode()
    assert "<h1>One of two goals needs you</h1>" in page
    assert page.index("Falls behind") < page.index("Three it is")
    assert "Off track" in page
    assert "Met" in page
    assert "As of 15 Mar 2026" in page


def test_empty_pages_teach(db: None, signed_in: SIGN_IN) -> None:
    assert "Set the first goal" in signed_in("manager").get("/dashboard/").content.decode()
    assert "A manager sets goals" in signed_in("marketer").get("/goals/").content.decode()
    assert "Plan the first campaign" in signed_in("marketer").get("/campaigns/").content.decode()


def test_a_goal_on_nobody_says_what_it_waits_for(
    segment: Segment, goal: Callable[..., Goal], signed_in: SIGN_IN
) -> None:
    made = goal(metric="purchases_per_member", options={"days": 30})
    Segment.objects.filter(pk=segment.pk).update(evaluated_at=None)
    address = reverse("goal", args=[made.pk])
    assert "a worker measures within the hour" in signed_in("manager").get(address).content.decode()
    Segment.objects.filter(pk=segment.pk).update(evaluated_at=NOON, size=0)
    assert "The first day appears with its first member" in signed_in("manager").get(address).content.decode()


def test_the_dashboard_shows_what_grew_and_shrank(segment: Segment, signed_in: SIGN_IN) -> None:
    SegmentSize.objects.create(segment=segment, on=date(2026, 2, 1), size=50)
    Segment.objects.filter(pk=segment.pk).update(size=60)
    page = signed_in("manager").get("/dashboard/").content.decode()
    assert "+10" in page
    assert "+20" in page


def queries_of(browser: Client, url: str, counted: Any) -> int:
    browser.get(url)
    with counted as found:
        assert browser.get(url).status_code == 200
    return len(found)


@pytest.mark.parametrize("url", ["/dashboard/", "/goals/", "/campaigns/"])
def test_lists_take_the_same_queries_for_one_and_for_many(
    url: str,
    goal: Callable[..., Goal],
    campaign: Callable[..., Campaign],
    signed_in: SIGN_IN,
    django_assert_max_num_queries: Any,
) -> None:
    browser = signed_in("administrator")
    goal()
    campaign()
    few = queries_of(browser, url, django_assert_max_num_queries(20))
    for number in range(8):
        goal(name=f"Goal {number}")
        campaign(name=f"Campaign {number}")
    measure_goals(as_of=NOON)
    assert queries_of(browser, url, django_assert_max_num_queries(20)) == few


def test_a_goals_page_takes_the_same_queries_for_many_days(
    contact: Callable[..., Contact],
    enter: Callable[..., Contact],
    goal: Callable[..., Goal],
    signed_in: SIGN_IN,
    django_assert_max_num_queries: Any,
) -> None:
    enter(contact(), 50)
    url = f"/goals/{goal().pk}/"
    browser = signed_in("administrator")
    few = queries_of(browser, url, django_assert_max_num_queries(15))
    measure_goals(as_of=NOON)
    assert queries_of(browser, url, django_assert_max_num_queries(15)) == few


def test_a_goals_chart_its_table_and_its_csv_agree(
    contact: Callable[..., Contact],
    enter: Callable[..., Contact],
    goal: Callable[..., Goal],
    signed_in: SIGN_IN,
) -> None:
    enter(contact(), 50)
    made = goal()
    measure_goals(as_of=NOON)
    browser = signed_in("manager")
    page = browser.get(f"/goals/{made.pk}/").content.decode()
    figure = re.search(r'<script id="goal-chart" type="application/json">(.*?)</script>', page, re.S)
    assert figure is not None
    actual = next(trace for trace in json.loads(figure[1])["data"] if trace.get("name") == "actual")
    assert actual["y"] == [1.0] * 11
    assert "plotly.min.js" in page
    assert "15 Mar 2026" in page
    csv = b"".join(browser.get(f"/goals/{made.pk}/days.csv").streaming_content).decode()
    lines = csv.lstrip("\ufeff").splitlines()
    assert lines[0] == "day,value,path,members"
    assert len(lines) == 12
    assert lines[1].startswith("2026-03-05,1.000000,1")


def test_only_pages_with_charts_load_the_chart_library(goal: Callable[..., Goal], signed_in: SIGN_IN) -> None:
    goal()
    assert "plotly.min.js" not in signed_in("manager").get("/dashboard/").content.decode()


GOAL = {
    "name": "A third buys again",
    "metric": "returning",
    "target": "34",
    "starts_on": "2026-03-01",
    "due_on": "2026-06-01",
    "objective": "",
    "owner": "",
}


def test_a_share_is_typed_in_percent(segment: Segment, signed_in: SIGN_IN) -> None:
    answer = signed_in("manager").post("/goals/new/", GOAL | {"segment": segment.pk})
    assert answer.status_code == 302
    made = Goal.objects.get()
    assert made.target == Decimal("0.34")
    page = signed_in("manager").get(f"/goals/{made.pk}/edit/").content.decode()
    assert 'value="34"' in page
    assert 'value="2026-03-01"' in page


def test_what_was_entered_is_kept_when_something_is_wrong(segment: Segment, signed_in: SIGN_IN) -> None:
    wrong = GOAL | {"segment": segment.pk, "due_on": "2026-02-01", "metric": "revenue", "days": "30"}
    answer = signed_in("manager").post("/goals/new/", wrong)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "The due day must be after the first day." in page
    assert "A third buys again" in page
    assert not Goal.objects.exists()


def test_the_fields_follow_the_metric(segment: Segment, signed_in: SIGN_IN, does: Any, contact: Any) -> None:
    does(contact(), 1, kind="ticket")
    browser = signed_in("manager")
    assert 'name="kind"' not in browser.get("/goals/new/").content.decode()
    fields = browser.get("/goals/fields/?metric=conversion&target=5").content.decode()
    assert 'name="kind"' in fields
    assert "<option>ticket</option>" in fields
    assert "Target, in %" in fields
    assert (
        "Target, for each member"
        in browser.get("/goals/fields/?metric=purchases_per_member").content.decode()
    )
    assert 'value="5"' in fields


def test_the_present_value_is_shown_while_a_goal_is_set(
    segment: Segment, contact: Callable[..., Contact], enter: Callable[..., Contact], signed_in: SIGN_IN
) -> None:
    enter(contact(), 5)
    browser = signed_in("manager")
    assert "Choose a segment" in browser.get("/goals/now/?metric=size").content.decode()
    found = browser.get(f"/goals/now/?metric=size&segment={segment.pk}").content.decode()
    assert "Now <b>1</b>" in found
    assert "Choose" in browser.get(f"/goals/now/?metric=conversion&segment={segment.pk}").content.decode()


def test_archiving_and_restoring(goal: Callable[..., Goal], signed_in: SIGN_IN) -> None:
    made = goal(name="Off it goes")
    browser = signed_in("manager")
    browser.post(f"/goals/{made.pk}/archive/")
    assert "Off it goes" not in browser.get("/goals/").content.decode()
    assert "Off it goes" in browser.get("/goals/?show=archived").content.decode()
    browser.post(f"/goals/{made.pk}/archive/", {"what": "restore"})
    assert "Off it goes" in browser.get("/goals/").content.decode()


def test_goals_page_by_key(goal: Callable[..., Goal], signed_in: SIGN_IN) -> None:
    for number in range(30):
        goal(name=f"Goal {number:02}", due_on=date(2026, 4, 1 + number % 7))
    browser = signed_in("manager")
    first = browser.get("/goals/").content.decode()
    after = re.search(r"after=([^\"&]+)", first)
    assert after is not None
    second = browser.get(f"/goals/?after={after[1]}").content.decode()
    names = [set(re.findall(r"Goal \d\d", page)) for page in (first, second)]
    assert (len(names[0]), len(names[1])) == (25, 5)
    assert not names[0] & names[1]


EVIL = "<script>alert(1)</script>"


def test_what_people_typed_is_never_markup(
    goal: Callable[..., Goal],
    campaign: Callable[..., Campaign],
    contact: Callable[..., Contact],
    enter: Callable[..., Contact],
    signed_in: SIGN_IN,
) -> None:
    enter(contact(EVIL, EVIL), 50)
    Segment.objects.update(name=EVIL, sentence=EVIL)
    made = goal(name=EVIL, objective=EVIL, metric="conversion", options={"kind": EVIL, "days": 7}, target=1)
    planned = campaign(name=EVIL, objective=EVIL, subject=EVIL, message=EVIL)
    measure_goals(as_of=NOON)
    browser = signed_in("administrator")
    for url in (
        "/dashboard/",
        "/goals/",
        f"/goals/{made.pk}/",
        f"/goals/{made.pk}/edit/",
        "/campaigns/",
        f"/campaigns/{planned.pk}/",
        f"/campaigns/{planned.pk}/edit/",
        f"/campaigns/{planned.pk}/audience/unrecorded/",
        f"/campaigns/?q={EVIL}",
    ):
        assert EVIL not in browser.get(url).content.decode(), url


def test_a_broken_goal_does_not_break_the_lists(goal: Callable[..., Goal], signed_in: SIGN_IN) -> None:
    made = goal()
    Goal.objects.filter(pk=made.pk).update(metric="fame")
    browser = signed_in("manager")
    assert browser.get("/dashboard/").status_code == 200
    assert browser.get("/goals/").status_code == 200
    assert browser.get(f"/goals/{made.pk}/").status_code == 404
    assert GoalPoint.objects.exists()
    assert AuditEntry.objects.exists()


def test_the_goals_come_as_a_file(goal: Callable[..., Goal], signed_in: SIGN_IN) -> None:
    made = goal()
    lines = b"".join(signed_in("manager").get("/goals/export.csv")).decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Goal,Segment,Measure,Baseline,Now")
    assert len(lines) == 2
    assert made.name in lines[1]
