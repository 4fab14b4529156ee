"""Companies: the list, and the customers of one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from crm.domain.roles import Permission
from crm.kit import sheets
from crm.kit.paging import throughout
from crm.models import Company
from crm.pages.access import allow
from crm.pages.selecting import table_of
from crm.queries import search
from crm.queries.accounts import current_account
from crm.queries.companies import company_page
from crm.queries.contacts import list_page
from crm.queries.sorting import order_of


@allow(Permission.VIEW_CONTACTS)
@require_safe
def companies(request: HttpRequest) -> HttpResponse:
    """Companies by name."""
    text = request.GET.get("q", "")[:200]
    page = company_page(text=text, after=request.GET.get("after", "")[:200])
    may_export = request.user.may(Permission.EXPORT_CONTACTS)  # type: ignore[union-attr]
    return render(request, "crm/companies.html", {"page": page, "text": text, "may_export": may_export})


@allow(Permission.EXPORT_CONTACTS)
@require_safe
def companies_csv(request: HttpRequest) -> HttpResponseBase:
    """The same companies as a file."""
    text = request.GET.get("q", "")[:200]
    rows = (
        (row.pk, row.name, row.customers)
        for row in throughout(lambda after: company_page(text=text, after=after, size=500))
    )
    return sheets.download("companies.csv", ("Company", "Name", "Customers"), rows)


@allow(Permission.VIEW_CONTACTS)
@require_safe
def company(request: HttpRequest, pk: int) -> HttpResponse:
    """One company and its customers, newest first or in the order asked for."""
    found = get_object_or_404(Company, pk=pk)
    selection = search.Selection(company=pk, sort=order_of(request.GET.get("sort", "")).key)
    country = current_account().country
    page = list_page(selection, after=request.GET.get("after", ""), country=country)
    context = {
        "company": found,
        "page": page,
        **table_of(request, page.rows, selection),
        "kept": [("company", found.pk)],  # columns are chosen in the list, narrowed to this company
        "total": search.total(selection, country=country),
        "selection": selection,
    }
    return render(request, "crm/company.html", context)
