"""One text of a file, read."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from crm.domain.identifiers import BadIdentifier, normal_email, normal_external_id, normal_phone
from crm.domain.values import (
    COMMA,
    DMY,
    MDY,
    POINT,
    YMD,
    Conventions,
    json_number,
    read_decimal,
    read_list,
    read_value,
)


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [
        ("1.234,56", COMMA, "1234.56"),
        ("€ 5,00", COMMA, "5.00"),
        ("-15,5", COMMA, "-15.5"),
        ("1 234,5", COMMA, "1234.5"),
        ("1,234.5", POINT, "1234.5"),
        ("-$5", POINT, "-5"),
        ("1'000", POINT, "1000"),
        ("12,34.5", POINT, None),
        ("1.2.3", POINT, None),
        ("nan", POINT, None),
        ("", POINT, None),
    ],
)
def test_numbers(text, decimal, number):
    assert read_decimal(text, decimal) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("17850.0", 17850),
        ("29.85", 29.85),
        ("0.1", 0.1),
        ("123456789012345678", 123456789012345678),
        ("0.12345678901234567890123", "0.12345678901234567890123"),
    ],
)
def test_a_number_stays_exact(text, value):
    read = json_number(Decimal(text))
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("text", "order", "kind", "value"),
    [
        ("03/04/1980", DMY, "date", "1980-04-03"),
        ("03/04/1980", MDY, "date", "1980-03-04"),
        ("2024-01-05", DMY, "date", "2024-01-05"),
        ("05.01.2024", DMY, "date", "2024-01-05"),
        ("31/02/2024", DMY, "date", None),
        ("12/13/1990", DMY, "date", None),
        ("--03-07", YMD, "date", "--03-07"),
        ("--02-30", YMD, "date", None),
        ("12 Mar 2024", DMY, "date", "2024-03-12"),
        ("2014-03-08 00:00:00", YMD, "date", "2014-03-08"),
        ("2014-03-08 10:00:00", YMD, "date", None),
        ("2024-03-12 09:14", YMD, "instant", "2024-03-12T09:14:00+01:00"),
        ("3/4/2024 5:06 PM", MDY, "instant", "2024-03-04T17:06:00+01:00"),
        ("2024-07-01T00:00:00Z", YMD, "instant", "2024-07-01T00:00:00+00:00"),
        ("2024-13-45 10:00", YMD, "instant", None),
        ("Yes", YMD, "yes/no", True),
        ("NEIN", YMD, "yes/no", False),
        ("maybe", YMD, "yes/no", None),
    ],
)
def test_moments_and_flags(text, order, kind, value):
    assert read_value(text, kind, Conventions(order, POINT, ZoneInfo("Europe/Berlin"))) == value


def test_lists():
    assert read_list('"VIP","denver, co"') == ["VIP", "denver, co"]
    assert read_list("* myContacts ::: Work") == ["myContacts", "Work"]
    assert read_list("a; b;a") == ["a", "b"]
    assert read_list('["x", "y"]') == ["x", "y"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("  Camille@Example.com\u00a0\u200b", "camille@example.com"),
        ("ada+news@lovelace.example", "ada+news@lovelace.example"),
        ("x@xn--exmple-cua.de", "x@exämple.de"),
        ("ünïcode@exämple.de", "ünïcode@exämple.de"),
    ],
)
def test_an_address_has_one_form(text, value):
    assert normal_email(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "bad.mail@",
        "no-at-sign.example.com",
        "trailing.dot.@example.com",
        "two@@example.com",
        '"quoted local"@example.com',
        "<script>alert(1)</script>@example.com",
        f"a@{'b' * 64}.com",
        "a@-b.com",
        "a@localhost",
    ],
)
def test_a_bad_address_is_refused(text):
    with pytest.raises(BadIdentifier):
        normal_email(text)


def test_phones_and_ids():
    assert normal_phone("'+49 170 1234567", "GB") == "+491701234567"
    assert normal_phone("020 7946 0018", "GB") == "+442079460018"
    with pytest.raises(BadIdentifier):
        normal_phone("555", "GB")
    assert normal_external_id(" 00017 ") == "00017"
    assert normal_external_id("17850.0") == "17850"
