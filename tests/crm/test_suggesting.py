"""Which two customers are likely one person, and that looking stays cheap."""

from datetime import timedelta

import pytest

from crm.actions import suggesting
from crm.domain.likeness import keys_of, mailbox, meaning, score_of, words_for
from crm.models import AttributeDefinition, Company, Contact, Duplicate, Identifier

NOW = None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ada@example.com", "ada+shop@example.com"),
        ("a.da@gmail.com", "ada@googlemail.com"),
        ("Ada@Example.com", "ada@example.com"),
    ],
)
def test_one_mailbox_has_many_spellings(one, other):
    assert mailbox(one) == mailbox(other)


def test_dots_count_elsewhere():
    assert mailbox("a.da@example.com") != mailbox("ada@example.com")
    assert mailbox("+x@example.com") == "+x@example.com"


def test_names_are_compared_without_accents_and_order_and_half_a_name_never():
    one = set(keys_of("Jörg", "Müller", birthday="1980-01-02"))
    assert one == set(keys_of("Muller", "JORG", birthday="1980-01-02"))
    assert not set(keys_of("", "Müller", birthday="1980-01-02"))


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("Birthday", "birthday"),
        ("date of birth", "birthday"),
        ("PLZ", "postcode"),
        ("zip-code", "postcode"),
        ("city", ""),
    ],
)
def test_attributes_are_known_by_their_names(name, what):
    assert meaning(name) == what


def test_more_reasons_weigh_more_and_never_make_it_certain():
    assert score_of(["phone"]) < score_of(["phone", "name_birthday"]) < 100
    assert words_for(["phone"]) == "the same phone number but for the country"


@pytest.fixture
def kept(db):
    for name in ("birthday", "Postcode"):
        AttributeDefinition.objects.create(name=name, label=name, type="text")


def person(first_name, last_name, *named, company=None, **attributes):
    made = Contact.objects.create(
        first_name=first_name, last_name=last_name, company=company, attributes=attributes
    )
    for kind, value in named:
        Identifier.objects.create(contact=made, kind=kind, value=value, shown=value)
    return made


def found():
    return {(row.first_id, row.second_id): sorted(row.reasons) for row in Duplicate.objects.all()}


@pytest.mark.django_db
def test_every_reason_finds_its_pair_and_nobody_else(kept, noon):
    firm = Company.objects.create(name="Engines")
    pairs = [
        (person("A", "A", ("email", "a@x.org")), person("B", "B", ("email", "a+b@x.org")), ["email"]),
        (
            person("C", "C", ("phone", "+442079460000")),
            person("D", "D", ("phone", "+12079460000")),
            ["phone"],
        ),
        (person("E", "E", birthday="1990-01-01"), person("e", "É", birthday="1990-01-01"), ["name_birthday"]),
        (person("F", "F", Postcode="SW1 2AA"), person("F", "F", Postcode="sw12aa"), ["name_postcode"]),
        (person("G", "G", company=firm), person("G", "G", company=firm), ["name_company"]),
    ]
    person("E", "E", birthday="1991-01-01")
    person("H", "H", ("email", "h@x.org"), birthday="1990-01-01", Postcode="SW1 2AA")
    assert suggesting.find_duplicates(at=noon) == 5
    assert found() == {(one.pk, other.pk): reasons for one, other, reasons in pairs}


@pytest.mark.django_db
def test_what_many_share_says_nothing(kept, noon):
    for number in range(suggesting.TOO_COMMON + 1):
        person("Test", "Person", ("email", f"test+{number}@x.org"), birthday="1990-01-01")
    assert suggesting.find_duplicates(at=noon) == 0


@pytest.mark.django_db
def test_the_likeliest_are_kept_and_what_is_no_longer_alike_goes(kept, noon, monkeypatch):
    monkeypatch.setattr(suggesting, "MOST", 1)
    person("F", "F", Postcode="1"), person("F", "F", Postcode="1")
    sure = person("E", "E", birthday="1990-01-01"), person("E", "E", birthday="1990-01-01")
    assert suggesting.find_duplicates(at=noon) == 1
    assert found() == {(sure[0].pk, sure[1].pk): ["name_birthday"]}
    Contact.objects.filter(pk=sure[1].pk).update(erased_at=noon)
    suggesting.find_duplicates(at=noon + timedelta(days=1))
    assert (sure[0].pk, sure[1].pk) not in found()


@pytest.mark.django_db
def test_a_chunk_costs_two_queries(kept, noon, django_assert_num_queries, monkeypatch):
    monkeypatch.setattr(suggesting, "CHUNK", 5)
    for number in range(15):
        person(f"P{number}", "Q", ("email", f"p{number}@x.org"))
    with django_assert_num_queries(8):  # the attributes' names, three chunks, and the one that ends it
        assert list(suggesting._keys())
