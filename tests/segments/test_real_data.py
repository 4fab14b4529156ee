"""Exact counts on real files: imported by the commands, asked in the rule language."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from io import StringIO
from itertools import combinations, islice
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from crm.models import Contact, Interaction
from segments.queries.building.counting import count

pytestmark = [pytest.mark.django_db, pytest.mark.shared]

Rule = dict[str, Any]


@pytest.fixture(autouse=True)
def _own_folder(settings: object, tmp_path: Path) -> None:
    settings.MIRROR_DIR = tmp_path / "mirror"  # type: ignore[attr-defined]


def has(name: str, op: str, value: Any = None) -> Rule:
    condition = {"attribute": name, "op": op, "value": value}
    return {key: part for key, part in condition.items() if part is not None}


def did(op: str, value: Any, fn: str = "count", of: str | None = None, **more: Any) -> Rule:
    measure = {"fn": fn, "property": of} if of else {"fn": fn}
    return {"interaction": "purchase", "measure": measure, "op": op, "value": value, **more}


def where(name: str, op: str, value: Any) -> Rule:
    return {"property": name, "op": op, "value": value}


def expected(shared: Path, data: str) -> dict[str, int]:
    cases = json.loads((shared / "06_segment_semantics" / "real_data_counts.json").read_text())["cases"]
    return {case["rule_in_words"]: case["expected_count"] for case in cases if case["data"] == data}


def ask(rules: dict[str, Rule], wanted: dict[str, int], as_of: str = "2026-01-01T00:00:00+00:00") -> None:
    got = {
        words: count({"version": 1, "rule": rule}, as_of=datetime.fromisoformat(as_of), rebuild=True).count
        for words, rule in rules.items()
    }
    assert got == {words: wanted[words] for words in rules}


def test_telco(shared_data: Path) -> None:
    file = shared_data / "02_customers" / "telco_train.csv"
    call_command("import_contacts", str(file), "--map", "customerID=external_id", stdout=StringIO())
    fiber = {"any": [has("InternetService", "is", "Fiber optic"), has("tenure", "gt", 60)]}
    rules: dict[str, Rule] = {
        "all contacts": {"any": [has("gender", "is_set"), has("gender", "is_not_set")]},
        "Contract is Month-to-month AND tenure <= 12": {
            "all": [has("Contract", "is", "Month-to-month"), has("tenure", "lte", 12)]
        },
        "MonthlyCharges between 70 and 80 inclusive": has("MonthlyCharges", "between", [70, 80]),
        "TotalCharges is not set": has("TotalCharges", "is_not_set"),
        "TotalCharges less than 100 (not set is not a member)": has("TotalCharges", "lt", 100),
        "NOT (TotalCharges >= 100) (not set is a member)": {"not": has("TotalCharges", "gte", 100)},
        'PaymentMethod contains "automatic" AND (InternetService is Fiber optic OR tenure > 60)': {
            "all": [has("PaymentMethod", "contains", "automatic"), fiber]
        },
        "OnlineSecurity is not Yes": has("OnlineSecurity", "is_not", "Yes"),
    }
    ask(rules, expected(shared_data, file.name))


def test_customer_personality(shared_data: Path) -> None:
    file = shared_data / "02_customers" / "customer_personality_train.csv"
    call_command("import_contacts", str(file), "--map", "ID=external_id", stdout=StringIO())
    campaigns = ["AcceptedCmp1", "AcceptedCmp2", "AcceptedCmp3", "AcceptedCmp4", "AcceptedCmp5", "Response"]
    two = [{"all": [has(one, "is", 1), has(other, "is", 1)]} for one, other in combinations(campaigns, 2)]
    family = [
        has("Marital_Status", "in", ["Together", "Married"]),
        has("Kidhome", "is", 0),
        has("Income", "gt", 60000),
    ]
    rules: dict[str, Rule] = {
        "Income is not set": has("Income", "is_not_set"),
        "enrolled between 2013-01-01 and 2013-06-30 inclusive": has(
            "Dt_Customer", "between_dates", ["2013-01-01", "2013-06-30"]
        ),
        "Marital_Status is one of Together, Married AND Kidhome = 0 AND Income > 60000": {"all": family},
        "accepted at least 2 of the 6 campaigns": {"any": two},
        "Education is not one of Graduation, PhD, Master": has(
            "Education", "not_in", ["Graduation", "PhD", "Master"]
        ),
        "born before 1950-01-01 (Year_Birth < 1950)": has("Year_Birth", "lt", 1950),
    }
    ask(rules, expected(shared_data, file.name))


def test_superstore(shared_data: Path) -> None:
    file = shared_data / "02_customers" / "superstore_train_utf8sig.csv"
    mapping = ["Order Date=at", "Customer ID=external_id", "Sales=amount", "kind:=purchase"]
    call_command("import_interactions", str(file), "--map", *mapping, stdout=StringIO())
    in_2019 = {"window": {"from": "2019-01-01", "to": "2019-12-31"}}
    categories = ["Furniture", "Office Supplies", "Technology"]
    binders = [where("Discount", "gte", 0.5), where("Sub-Category", "is", "Binders")]
    orders = {"interaction": "purchase"}
    rules: dict[str, Rule] = {
        "customers with at least 3 orders (distinct Order ID) in 2019": did(
            "gte", 3, "distinct", "Order ID", **in_2019
        ),
        "customers with sales sum in 2019 >= 1000": did("gte", 1000, "sum", "amount", **in_2019),
        "customers who did not order in 2019": {"not": {"interaction": "purchase", **in_2019}},
        "customers whose first order ever was in 2018": {
            **orders,
            "pick": "first",
            "window": {"from": "2018-01-01", "to": "2018-12-31"},
        },
        "customers who bought from all 3 categories": {
            "all": [{**orders, "where": [where("Category", "is", name)]} for name in categories]
        },
        "customers with two orders at most 7 days apart (not the same day)": {
            "sequence": [orders, orders],
            "within": [7, "day"],
        },
        "customers with an order that contains a line with Discount >= 0.5 and Sub-Category Binders": {
            **orders,
            "where": binders,
        },
        "customers living in (last order) State California": {
            **orders,
            "pick": "last",
            "where": [where("State", "is", "California")],
        },
    }
    ask(rules, expected(shared_data, file.name))


def first_rows(file: Path, rows: int, into: Path) -> Path:
    with gzip.open(file, "rt", encoding="utf-8") as whole, into.open("w", encoding="utf-8") as part:
        part.writelines(islice(whole, rows + 1))
    return into


@pytest.mark.timeout(600)  # 286,000 rows
def test_online_retail(shared_data: Path, tmp_path: Path) -> None:
    file = shared_data / "02_customers" / "online_retail_train.csv.gz"
    mapping = ["InvoiceDate=at", "CustomerID=external_id", "Quantity*UnitPrice=amount", "kind:=purchase"]
    call_command("import_interactions", str(file), "--map", *mapping, stdout=StringIO())
    before = (Contact.objects.count(), Interaction.objects.count())
    again = first_rows(file, 20_000, tmp_path / "again.csv")
    call_command("import_interactions", str(again), "--map", *mapping, stdout=StringIO())
    assert (Contact.objects.count(), Interaction.objects.count()) == before
    bought = [where("Quantity", "gt", 0)]
    purchase = {"interaction": "purchase", "where": bought}
    rules: dict[str, Rule] = {
        "as of 2011-12-10 00:00: at least 2 invoices in the last 30 days": did(
            "gte", 2, "distinct", "InvoiceNo", where=bought, window={"last": [30, "day"]}
        ),
        "as of 2011-12-10: bought before, nothing in the last 90 days": {
            "all": [purchase, {"not": {**purchase, "window": {"last": [90, "day"]}}}]
        },
        "net spend (cancellations count as negative) over 5000": did("gt", 5000, "sum", "amount"),
        "bought at least 100 different stock codes": did("gte", 100, "distinct", "StockCode", where=bought),
        "bought in at least 6 different calendar months": did("gte", 6, "distinct_months", where=bought),
        "country is not United Kingdom (any row)": {
            "interaction": "purchase",
            "where": [where("Country", "is_not", "United Kingdom")],
        },
        "as of 2011-12-10 00:00: bought in at least 4 of the last 8 seven-day blocks": {
            "regular": purchase,
            "every": [7, "day"],
            "of_last": 8,
            "at_least": 4,
        },
    }
    ask(rules, expected(shared_data, file.name), as_of="2011-12-10T00:00:00+00:00")
