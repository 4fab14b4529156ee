"""Columns beside the members: those asked for, in the page and in the file, never what one may not see."""

from __future__ import annotations

import pytest

from crm.models import AttributeDefinition


@pytest.fixture
def kept(germans, people):
    AttributeDefinition.objects.create(name="diet", label="Diet", type="text", sensitive=True)
    people[2].attributes |= {"diet": "vegan"}
    people[2].save()
    return germans


def test_columns_are_chosen(signed_in, kept):
    page = signed_in("marketer").get("/segments/germans/members/?col=country&col=nothing&col=diet")
    assert [one.name for one in page.context["chosen"]] == ["country"]
    assert 'data-label="Country">France</td>' in page.text
    assert "vegan" not in page.text


def test_sensitive_columns_are_for_those_who_may_see_them(signed_in, kept):
    assert "vegan" in signed_in("service").get("/segments/germans/members/?col=diet").text


def test_the_file_has_the_chosen_columns(signed_in, kept):
    answer = signed_in("marketer").get("/segments/germans/members.csv?col=country&col=diet")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0].endswith("Member since,Country")
    assert lines[1].endswith(",France")
