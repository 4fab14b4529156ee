"""The pages on which customers are merged, seen and used."""

from datetime import timedelta

import pytest
from django.urls import reverse

from crm.actions.contacts import Naming, create, edit
from crm.actions.merging.merging import merge
from crm.actions.suggesting import find_duplicates
from crm.models import Consent, Contact, Duplicate, Merge, OutboxEvent
from crm.pages import contact_merge
from crm.queries.duplicates import like, suggested

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(noon, person):
    by = person("service lead")
    first = create(
        first_name="Ada",
        last_name="Lovelace",
        identifiers=[Naming("email", "ada@example.com")],
        attributes={"city": "London", "tags": ["a"]},
        by=by,
        at=noon - timedelta(days=9),
    )
    second = create(
        first_name="ADA",
        last_name="Lovelace",
        identifiers=[Naming("email", "ada+news@example.com")],
        attributes={"city": "Leeds", "tags": ["b"]},
        by=by,
        at=noon - timedelta(days=3),
    )
    return first, second


@pytest.fixture
def lead(signed_in):
    return signed_in("service lead")


def address(first, second=None):
    return reverse("contact_merge", args=[first.pk]) + (f"?with={second.pk}" if second else "")


def sent(first, second, **more):
    first.refresh_from_db()
    second.refresh_from_db()
    return {
        "with": second.pk,
        "seen_survivor": first.updated_at.isoformat(),
        "seen_merged": second.updated_at.isoformat(),
        **more,
    }


def test_both_stand_side_by_side_with_source_and_day(lead, pair):
    page = lead.get(address(*pair)).content.decode()
    for words in (
        "London",
        "Leeds",
        "by hand",
        "keep both",
        "ada+news@<wbr>example<wbr>.com",
        "undone for 30 days",
    ):
        assert words in page
    assert 'name="attribute:city" value="merged" checked' in page


def test_what_is_chosen_is_kept_and_the_customer_page_offers_to_undo(lead, pair):
    first, second = pair
    answer = lead.post(address(first), sent(first, second, **{"attribute:city": "survivor"}))
    made = Merge.objects.get()
    assert answer["Location"] == f"{reverse('contact', args=[first.pk])}?merged={made.pk}"
    first.refresh_from_db()
    assert first.attributes == {"city": "London", "tags": ["a", "b"]}
    page = lead.get(answer["Location"]).content.decode()
    assert reverse("merge_undo", args=[made.pk]) in page
    undone = lead.post(reverse("merge_undo", args=[made.pk]))
    assert undone["Location"] == reverse("contact", args=[second.pk])
    assert lead.get(undone["Location"]).status_code == 200


def test_the_history_tells_the_merge_and_what_the_merged_one_was(lead, pair, person, noon):
    first, second = pair
    merge(survivor=first.pk, merged=second.pk, by=person("service lead"), at=noon)
    page = lead.get(reverse("contact_history", args=[first.pk])).content.decode()
    assert f"merge of customer {second.pk}" in page
    assert f"of customer {second.pk}" in page.replace(f"merge of customer {second.pk}", "")
    timeline = lead.get(reverse("contact", args=[first.pk])).content.decode()
    assert f"Customer {second.pk} was merged in" in timeline


def test_who_changed_meanwhile_is_shown_again_with_the_choice_kept(lead, pair, person, noon):
    first, second = pair
    form = sent(first, second, **{"attribute:city": "survivor"})
    edit(contact_id=second.pk, attributes={"visits": 3}, by=person("service lead"), at=noon)
    answer = lead.post(address(first), form)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "changed while you compared" in page
    assert 'name="attribute:city" value="survivor" checked' in page
    assert not Merge.objects.exists()


def test_sent_twice_it_is_one_merge(lead, pair):
    first, second = pair
    form = sent(first, second)
    for _ in range(2):
        assert lead.post(address(first), form).status_code == 302
    assert Merge.objects.count() == 1


def test_pages_of_a_merged_customer_lead_to_the_survivor(lead, pair, person, noon):
    first, second = pair
    merge(survivor=first.pk, merged=second.pk, by=person("service lead"), at=noon)
    for name in ("contact", "contact_edit", "contact_history", "contact_timeline", "contact_merges"):
        answer = lead.get(reverse(name, args=[second.pk]))
        assert answer.status_code == 302, name
        assert answer["Location"].partition("?")[0] == reverse(name, args=[first.pk])
    answer = lead.post(reverse("note_add", args=[second.pk]), {"body": "Hello"})
    assert answer["Location"] == reverse("contact", args=[first.pk])
    assert "Nothing was changed" in lead.get(answer["Location"]).content.decode()
    assert lead.get("/contacts/999999/edit/").status_code == 404


def test_somebody_is_found_to_merge_with(lead, pair):
    first, second = pair
    page = lead.get(address(first) + "?q=ada").content.decode()
    assert f"?with={second.pk}" in page
    assert f"?with={first.pk}" not in page
    assert "Nobody else matches" in lead.get(address(first) + "?q=zzz").content.decode()
    assert lead.get(address(first) + "?with=999").status_code == 404
    assert lead.get(address(first) + f"?with={first.pk}").status_code == 200


def test_spoilt_choices_are_refused_in_words(lead, pair):
    first, second = pair
    answer = lead.post(address(first), sent(first, second, **{"attribute:city": "both"}))
    assert answer.status_code == 422
    assert "Only lists can be joined" in answer.content.decode()
    for name in ("attribute:shoe", "part:name", "first:email", "yes:email"):
        assert lead.post(address(first), sent(first, second, **{name: "x"})).status_code in (302, 422)


def test_sensitive_values_are_hidden_and_cannot_be_told_from_the_page(pair, signed_in, noon):
    from crm.models import AttributeDefinition

    first, second = pair
    AttributeDefinition.objects.create(
        name="city", label="City", type="text", sensitive=True, created_at=noon
    )
    page = signed_in("marketer").get(address(first, second)).content.decode()
    assert "hidden: sensitive" in page
    assert "London" not in page
    assert "Leeds" not in page


def test_a_newer_yes_can_be_ticked(lead, pair, noon):
    first, second = pair
    for contact, granted, days in ((first, False, 5), (second, True, 2)):
        Consent.objects.create(
            contact=contact,
            channel="email",
            purpose="offers",
            granted=granted,
            since=noon - timedelta(days=days),
        )
    assert "the newer yes" in lead.get(address(*pair)).content.decode()
    lead.post(address(first), sent(first, second, **{"yes:email offers": "1"}))
    assert Consent.objects.get(contact=first).granted is True


def test_the_page_takes_a_fixed_number_of_queries(lead, pair, django_assert_max_num_queries):
    with django_assert_max_num_queries(40):
        lead.get(address(*pair))


def test_likely_pairs_are_listed_compared_and_dismissed(lead, pair, noon):
    first, second = pair
    assert find_duplicates(at=noon) == 1
    assert find_duplicates(at=noon) == 1
    page = lead.get(reverse("duplicates")).content.decode()
    assert "The same mailbox, written another way" in page
    assert address(*pair) in page
    assert "Is this the same person as" in lead.get(reverse("contact", args=[second.pk])).content.decode()
    row = Duplicate.objects.get()
    lead.post(reverse("duplicate_dismiss", args=[row.pk]))
    assert find_duplicates(at=noon + timedelta(days=1)) == 0
    assert like(first.pk) == []
    assert "said no" in lead.get(reverse("duplicates") + "?show=dismissed").content.decode()
    lead.post(reverse("duplicate_again", args=[row.pk]))
    assert [other.contact.pk for other, _ in like(first.pk)] == [second.pk]


def test_what_is_merged_is_suggested_no_more(pair, noon, person):
    first, second = pair
    find_duplicates(at=noon)
    merge(survivor=first.pk, merged=second.pk, by=person("service lead"), at=noon)
    assert not Duplicate.objects.exists()
    assert find_duplicates(at=noon) == 0


def test_to_look_now_is_asked_of_a_worker(lead):
    lead.post(reverse("duplicates_look"))
    assert OutboxEvent.objects.filter(name="DuplicatesAsked").count() == 1
    assert "No duplicates found" in lead.get(reverse("duplicates")).content.decode()


def test_pairs_page_by_key(pair, noon, contact):
    for number in range(4):
        twins = [contact(f"Kim{number}", "Doe", birthday="1990-01-01") for _ in range(2)]
        Duplicate.objects.create(
            first=twins[0], second=twins[1], reasons=["name_birthday"], score=90 - number % 2, found_at=noon
        )
    seen, after = [], ""
    for _ in range(4):
        page = suggested(dismissed=False, after=after, size=1)
        seen += [one.duplicate.score for one in page.rows]
        after = page.next_key
    assert seen == [90, 90, 89, 89]
    assert after == ""


def test_offered_is_bounded():
    assert contact_merge.OFFERED <= 10
    assert Contact.objects.count() == 0
