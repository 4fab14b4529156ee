"""The organisations that customers belong to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.db.models.functions import Lower

from crm.kit.paging import Page
from crm.models import Company, Contact

PAGE = 50


@dataclass(frozen=True)
class CompanyRow:
    """A company and how many customers belong to it."""

    pk: int
    name: str
    customers: int


def company_page(*, text: str, after: str, size: int = PAGE) -> Page[CompanyRow]:
    """A page of companies by name, those that hold `text` in it; two queries. `after` is the last name seen."""
    companies = Company.objects.annotate(folded=Lower("name"))
    if text.strip():
        companies = companies.filter(folded__contains=text.strip().lower())
    if after:
        companies = companies.filter(folded__gt=after)
    found = list(companies.order_by("folded")[: size + 1])
    shown = found[:size]
    sizes = _sizes([company.pk for company in shown])
    rows = [CompanyRow(company.pk, company.name, sizes.get(company.pk, 0)) for company in shown]
    return Page(rows=rows, next_key=shown[-1].folded if len(found) > size else "", first=not after, size=size)


def _sizes(ids: Sequence[int]) -> dict[int, int]:
    living = Contact.objects.living().filter(company_id__in=ids)
    counted = living.values("company_id").annotate(customers=Count("pk")).order_by()
    return {row["company_id"]: row["customers"] for row in counted}
