"""What makes a segment different: figures that can be counted on fingers, its people, and what is kept back."""

from __future__ import annotations

import csv
import json
from urllib.parse import parse_qs, urlparse

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import AttributeDefinition, Interaction
from segments.models import Membership, Segment
from segments.pages.insight.people import people_url
from segments.queries.insight import differing

ADDRESS = "/segments/walkers/differences/"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def walkers(contact, country, noon):
    """30 walkers, 24 of them in Lisbon, and 60 others, 6 of them there; a third of everybody has a note."""
    AttributeDefinition.objects.create(name="city", label="City", type="text")
    AttributeDefinition.objects.create(name="shoe", label="Shoe size", type="number")
    AttributeDefinition.objects.create(name="note", label="Health note", type="text", sensitive=True)
    segment = Segment.objects.create(
        slug="walkers",
        name="Walkers",
        rule={"version": 1, "rule": {"interaction": "walk"}},
        size=30,
        evaluated_at=noon,
    )
    for number in range(90):
        walks = number < 30
        kept = {
            "city": "Lisbon" if (number < 24 if walks else number < 36) else "Porto",
            "shoe": 44 if walks else 40 + number % 3,
            "note": "gout" if number % 3 == 0 or number == 89 else ("rare" if number < 4 else None),
        }
        one = contact(f"Walker{number}" if walks else f"Other{number}", **kept)
        if walks:
            Membership.objects.create(segment=segment, contact=one, since=noon)
        Interaction.objects.create(
            contact=one, kind="walk" if walks else "swim", at=noon, source="test", message_id=str(number)
        )
    return segment


@pytest.fixture
def page(signed_in, walkers):
    def fetch(role="marketer", query="?window=ever"):
        answer = signed_in(role).get(f"{ADDRESS}{query}", **HTMX)
        answer.text_ = answer.text.replace("\u00a0", " ")  # figures hold on to their unit
        return answer

    return fetch


def rows_of(segment, **asked):
    given = {"against": None, "window": "ever", "see_sensitive": True, "as_of": segment.evaluated_at} | asked
    found = differing.differences(segment, **given)
    return found, {(row.label, getattr(row.feature, "value", None)): row for row in found.rows}


def test_the_page_comes_at_once_and_fetches_its_list(signed_in, walkers):
    text = signed_in("marketer").get(ADDRESS).text
    assert f'hx-get="{ADDRESS}"' in text
    assert "Lisbon" not in text


def test_it_says_how_much_oftener_and_of_how_many(page):
    text = page().text_
    assert "8 times as often from Lisbon: 80 % against 10 %" in text
    assert "24 of 30 against 6 of 60" in text
    assert "30 of Walkers against 60 others" in text


def test_what_the_rule_asks_for_stands_apart(page):
    text = page().text_
    beginning, _, by_rule = text.partition("What the rule asks for")
    assert "Did ‘walk’" in by_rule
    assert "in the rule" in by_rule
    assert "Did ‘walk’" not in beginning
    assert "Did ‘swim’" in beginning


def test_a_number_is_compared_by_pairs(walkers):
    _, rows = rows_of(walkers)
    shoe = rows["Shoe size", None]
    assert shoe.size == 1  # every walker has the larger foot
    assert shoe.condition == {"attribute": "shoe", "op": "gte", "value": 44}


def test_shares_are_the_papers(walkers):
    found, rows = rows_of(walkers)
    lisbon = rows["City", "Lisbon"]
    assert (lisbon.effect.a, lisbon.effect.n, lisbon.effect.b, lisbon.effect.m) == (24, 30, 6, 60)
    assert lisbon.effect.ratio == pytest.approx(8)
    assert found.compared > 0
    assert all(row.chance <= 0.05 for row in found.rows)


def test_every_line_leads_to_its_people(page, signed_in):
    line = next(one for one in page().context["lines"] if one.title == "City: Lisbon")
    people = signed_in("marketer").get(line.people_url)
    assert people.context["total"] == 24
    assert "24 customers" in people.text
    rule = json.loads(parse_qs(urlparse(line.new_url).query)["rule"][0])
    assert rule["rule"]["all"][0] == {"segment": "walkers", "op": "in"}
    built = signed_in("marketer").get(line.new_url)
    assert built.context["data"]["document"] == rule


def test_service_sees_no_way_to_make_a_segment(page):
    text = page("service").text
    assert "Show these people" in text
    assert "Add to a new segment" not in text


def test_sensitive_attributes_are_for_those_who_may_see_them(walkers):
    hidden, rows = rows_of(walkers, see_sensitive=False)
    shown, _ = rows_of(walkers)
    assert shown.compared > hidden.compared
    assert not any(row.sensitive for row in rows.values())


def test_a_sensitive_attribute_is_not_broken_down_into_tiny_groups(walkers):
    found = differing._work_out(walkers, None, "ever", True, walkers.evaluated_at)
    told = {getattr(row.feature, "value", None) for row in found.rows}
    assert "rare" not in told  # two people


def test_too_few_people_are_not_compared(signed_in, walkers):
    few = Segment.objects.create(slug="few", name="Few", size=3, evaluated_at=walkers.evaluated_at)
    for row in Membership.objects.filter(segment=walkers)[:3]:
        Membership.objects.create(segment=few, contact=row.contact, since=row.since)
    text = signed_in("marketer").get("/segments/few/differences/", **HTMX).text
    assert "Too few people to compare" in text


def test_against_another_segment_who_is_in_both_is_left_out(signed_in, walkers, page):
    other = Segment.objects.create(slug="other", name="Other", size=65, evaluated_at=walkers.evaluated_at)
    rows = [
        Membership(segment=other, contact_id=pk, since=walkers.evaluated_at)
        for pk in sorted(Membership.objects.values_list("contact_id", flat=True))[:5]
    ]
    from crm.models import Contact

    rest = Contact.objects.exclude(pk__in=Membership.objects.values("contact_id"))
    rows += [Membership(segment=other, contact=one, since=walkers.evaluated_at) for one in rest]
    Membership.objects.bulk_create(rows)
    text = page(query="?window=ever&against=other").text
    assert "25 of Walkers against 60 of Other; 5 in both are left out" in text


def test_nonsense_in_the_address_is_everyone_else(page):
    assert page(query="?against=nobody&window=yesterday").status_code == 200


def test_the_card_shows_a_few(signed_in, walkers):
    text = signed_in("marketer").get("/segments/walkers/differences/card/?window=ever").text
    assert "City: Lisbon" in text
    assert "All differences, with their people" in text


def test_the_file_has_every_difference(signed_in, walkers):
    answer = signed_in("marketer").get("/segments/walkers/differences.csv?window=ever")
    rows = list(csv.DictReader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))
    lisbon = next(row for row in rows if row["What"] == "City: Lisbon")
    assert (lisbon["n here"], lisbon["n there"], lisbon["Ratio"]) == ("30", "60", "8.0")
    assert any(row["In the rule"] == "yes" for row in rows)


def test_the_list_takes_a_fixed_number_of_queries(signed_in, walkers):
    client = signed_in("marketer")
    client.get(ADDRESS, **HTMX)
    with CaptureQueriesContext(connection) as seen:
        client.get(ADDRESS, **HTMX)
    assert len(seen) <= 12


PEOPLE = "/segments/people/"


@pytest.mark.parametrize(
    "query",
    ["", "?in=nobody", "?where=nonsense", "?where=[]", "?where={%22attribute%22:%22no%22,%22op%22:%22is%22}"],
)
def test_people_nobody_can_name_are_refused_with_a_sentence(signed_in, walkers, query):
    answer = signed_in("marketer").get(PEOPLE + query)
    assert answer.status_code == 400
    assert "This address cannot be read" in answer.text


def test_people_in_and_not_in(signed_in, walkers):
    where = {"attribute": "city", "op": "is", "value": "Porto"}
    answer = signed_in("marketer").get(people_url([], where, ["walkers"]))
    assert answer.context["total"] == 54
    assert answer.context["page"].next_key


def test_people_by_a_sensitive_attribute_are_for_those_who_may_see_it(signed_in, walkers):
    where = {"attribute": "note", "op": "is_set"}
    assert signed_in("service").get(people_url(["walkers"], where)).status_code == 200
    assert signed_in("marketer").get(people_url(["walkers"], where)).status_code == 403


def test_people_as_a_file(signed_in, walkers):
    where = {"attribute": "city", "op": "is", "value": "Lisbon"}
    address = people_url(["walkers"], where).replace("/people/", "/people.csv")
    answer = signed_in("marketer").get(address)
    assert len(b"".join(answer.streaming_content).decode().splitlines()) == 25
    assert signed_in("service").get(address).status_code == 403
