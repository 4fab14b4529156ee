"""The mapping of an import on screen: where each column goes, shown beside the first rows."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from crm.actions.importing import preparing, starting
from crm.domain.attributes import AttributeType
from crm.domain.csv_dialect import DELIMITERS, ENCODINGS, UnusableFile
from crm.domain.import_guess import with_choices_of
from crm.domain.import_plan import FIELDS, INTERACTIONS, KEPT, LEFT_OUT, Column, ImportPlan, UnusablePlan
from crm.domain.roles import Permission
from crm.domain.values import DATE_ORDERS
from crm.kit.clock import now
from crm.models import Import
from crm.pages.access import allow
from crm.pages.attributes import TYPE_WORDS
from crm.pages.imports import DECIMAL_WORDS, DELIMITER_WORDS, ENCODING_WORDS, ORDER_WORDS, WORDS
from crm.queries.imports import sample


@allow(Permission.IMPORT)
@require_http_methods(["GET", "HEAD", "POST"])
def import_mapping(request: HttpRequest, pk: int) -> HttpResponse:
    """Show and change where columns go; look again with other settings; start."""
    source = get_object_or_404(Import, pk=pk)
    if source.state != Import.DRAFT:
        return redirect("import_detail", pk)
    plan, problem = ImportPlan.from_dict(source.plan), ""
    if request.method == "POST":
        plan = entered(plan, request.POST)
        try:
            if request.POST.get("step") == "look":
                plan = _look_again(source, plan, request.POST)
            else:
                starting.start(source=source, plan=plan, by=request.user, at=now())  # type: ignore[arg-type]
                return redirect("import_detail", pk)
        except (UnusablePlan, UnusableFile) as error:
            problem = str(error)
        except starting.Finished:
            return redirect("import_detail", pk)
    return render(
        request, "crm/import_mapping.html", _context(source, plan, problem), status=422 if problem else 200
    )


def entered(plan: ImportPlan, form: QueryDict) -> ImportPlan:
    """The plan as the form says it."""
    columns = tuple(_column(column, form, at) for at, column in enumerate(plan.columns))
    headers = {column.header for column in columns}
    constants, product = dict(plan.constants), plan.product
    if plan.kind == INTERACTIONS:
        kind = form.get("kind", "").strip()[:120]
        by_column = any(column.target == "kind" for column in columns)
        constants = {"kind": kind} if kind and not by_column else {}
        factors = [form.get(name, "") for name in ("quantity", "price")]
        product = (factors[0], factors[1]) if all(factor in headers for factor in factors) else ("", "")
    return replace(plan, columns=columns, constants=constants, product=product)


def _column(column: Column, form: QueryDict, at: int) -> Column:
    target = form.get(f"target-{at}", column.target)
    name = " ".join(form.get(f"name-{at}", "").replace("\x00", "").split())[:120]
    kind = form.get(f"type-{at}", column.type)
    chosen = kind in set(AttributeType) and kind != column.type
    return replace(
        column,
        target=target,
        name="" if name == column.header else name,
        type=kind if chosen else column.type,
        settled=column.settled or chosen,
    )


def _look_again(source: Import, plan: ImportPlan, form: QueryDict) -> ImportPlan:
    """The file looked at with what the person chose; the mapping stays where the headings do."""
    chosen = preparing.Overrides(
        encoding=_choice(form, "encoding", ENCODINGS),
        delimiter=_choice(form, "delimiter", DELIMITERS),
        date_order=_choice(form, "date_order", DATE_ORDERS),
        decimal=_choice(form, "decimal", DECIMAL_WORDS),
    )
    prepared = preparing.prepare(Path(source.path), kind=source.kind, overrides=chosen, glance=True)
    prepared = replace(prepared, plan=with_choices_of(prepared.plan, plan))
    starting.replan(source=source, prepared=prepared)
    return prepared.plan


def _choice(form: QueryDict, name: str, allowed: Any) -> str:
    value = form.get(name, "")
    return value if value in allowed else ""


def _context(source: Import, plan: ImportPlan, problem: str) -> dict[str, Any]:
    try:
        rows = sample(source, plan)
    except (UnusableFile, OSError) as error:
        rows, problem = [], problem or str(error)
    columns = [
        {
            "at": at,
            "column": column,
            "name": column.kept_as or column.header,
            "samples": [row[at] for row in rows if row[at].strip()][:3],
        }
        for at, column in enumerate(plan.columns)
    ]
    return {
        "source": source,
        "plan": plan,
        "problem": problem,
        "kind_words": WORDS[source.kind],
        "columns": columns,
        "targets": [(KEPT, "Keep as it is"), (LEFT_OUT, "Leave out"), *FIELDS[plan.kind].items()],
        "types": [(kind.value, words) for kind, words in TYPE_WORDS.items()],
        "looks": _looks(plan),
        "interactions": plan.kind == INTERACTIONS,
        "numbers": [column.header for column in plan.columns if column.type == AttributeType.NUMBER],
    }


def _looks(plan: ImportPlan) -> list[dict[str, Any]]:
    """What was detected and what it could be instead, a choice each."""
    found = (
        ("encoding", "Encoding", ENCODING_WORDS, plan.dialect.encoding),
        ("delimiter", "Between cells", DELIMITER_WORDS, plan.dialect.delimiter),
        ("date_order", "Dates", ORDER_WORDS, plan.date_order),
        ("decimal", "Decimal sign", DECIMAL_WORDS, plan.decimal),
    )
    return [
        {
            "name": name,
            "label": label,
            "detected": words.get(value, value),
            "chosen": value if name in plan.overrides else "",
            "choices": list(words.items()),
        }
        for name, label, words, value in found
    ]
