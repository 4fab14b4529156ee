"""Guesses where columns go by their headings, in the languages that exports come in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import replace

from crm.domain.attributes import BUILT_IN, AttributeType
from crm.domain.import_plan import CONTACTS, FIELDS, INTERACTIONS, KEPT, ImportPlan

_WHO: dict[str, str] = {
    "email": (
        "email|e mail|email address|e mail address|mail|e mail 1 value|email 1 value|customer email|contact email|"
        "e mail adresse|email adresse|adresse e mail|adresse email|courriel|correo|correo electronico|mailadresse"
    ),
    "external_id": (
        "customer id|customerid|customer number|customer no|external id|externalid|client id|contact id|"
        "user id|userid|member id|kundennummer|kundennr|kunden nr|kunden id|numero client|id|crm id"
    ),
    "phone": (
        "phone|phone number|telephone|tel|mobile|mobile phone|cell phone|phone 1 value|telefon|telefonnummer|handy|"
        "mobil|telefono|telefone|numero de telephone"
    ),
    "first_name": "first name|firstname|fname|given name|forename|vorname|prenom|nombre|nome",
    "last_name": (
        "last name|lastname|lname|surname|family name|nachname|familienname|nom|nom de famille|apellido|apellidos|"
        "cognome"
    ),
    "name": "name|full name|fullname|customer name|contact name|nom complet|nombre completo",
}
_HEADINGS: dict[str, dict[str, str]] = {
    CONTACTS: {
        **_WHO,
        "company": (
            "company|company name|organisation|organization|organization name|organisation name|associated company|"
            "firma|unternehmen|entreprise|societe|empresa|azienda"
        ),
        "unsubscribed:email": (
            "unsubscribed from all email|unsubscribed|unsubscribe|unsub time|unsubscribed at|email opt out|opt out|"
            "opted out|do not email|has opted out of email|abgemeldet"
        ),
        "consent:email": (
            "optin time|opt in time|opt in|email opt in|opted in|email consent|consent|marketing consent|"
            "accepts marketing|accepts email marketing|email marketing consent|einwilligung"
        ),
    },
    INTERACTIONS: {
        **_WHO,
        "at": (
            "at|date|datetime|date time|timestamp|time|when|order date|orderdate|invoice date|invoicedate|"
            "purchase date|transaction date|event time|occurred at|created at|order purchase timestamp|datum|"
            "bestelldatum|rechnungsdatum|fecha|data"
        ),
        "amount": (
            "amount|total|sales|revenue|order total|order value|total price|value|betrag|umsatz|summe|montant|importe"
        ),
        "kind": "kind|event|event type|event name|type|action|activity|art|typ",
        "currency": "currency|currency code|wahrung|devise|moneda",
        "message_id": "message id|messageid|event id|uuid",
    },
}
_TARGETS = {
    kind: {heading: target for target, headings in table.items() for heading in headings.split("|")}
    for kind, table in _HEADINGS.items()
}
_QUANTITY = ("quantity", "qty", "menge", "anzahl", "quantite")
_PRICE = ("unit price", "unitprice", "price", "price per unit", "einzelpreis", "stuckpreis", "prix unitaire")
_TAGS = ("tags", "labels", "label", "tag", "schlagworte", "etiquettes", "etiquetas")
TAGS = "tags"


def folded(heading: str) -> str:
    """A heading without case, accents and signs: `E-Mail_Adresse` is `e mail adresse`."""
    plain = unicodedata.normalize("NFKD", heading.casefold())
    return " ".join(re.sub(r"[\W_]+", " ", plain.encode("ascii", "ignore").decode()).split())


def guessed(plan: ImportPlan) -> ImportPlan:
    """The plan with every column that nobody has placed put where its heading says; the first of two wins."""
    taken, columns = plan.targets, []
    for column in plan.columns:
        target = _TARGETS[plan.kind].get(folded(column.header), KEPT)
        if column.target == KEPT and not column.name and target != KEPT and target not in taken:
            taken.add(target)
            columns.append(replace(column, target=target))
        else:
            columns.append(column)
    return with_defaults(_with_product(replace(plan, columns=tuple(columns)), taken))


def named(plan: ImportPlan) -> ImportPlan:
    """The plan with each unplaced column that is called exactly like a field in that field."""
    taken, columns = plan.targets, []
    for column in plan.columns:
        called = column.header in FIELDS[plan.kind] and column.header not in taken
        if called and column.target == KEPT and not column.name:
            taken.add(column.header)
            columns.append(replace(column, target=column.header))
        else:
            columns.append(column)
    return replace(plan, columns=tuple(columns))


def with_defaults(plan: ImportPlan) -> ImportPlan:
    """Interactions without a kind: those with an amount are purchases."""
    if plan.kind != INTERACTIONS or "kind" in plan.targets:
        return plan
    kind = "purchase" if "amount" in plan.targets else "interaction"
    return replace(plan, constants={**plan.constants, "kind": kind})


def _with_product(plan: ImportPlan, taken: set[str]) -> ImportPlan:
    if plan.kind != INTERACTIONS or "amount" in taken:
        return plan
    free = {folded(column.header): column.header for column in plan.columns if column.target == KEPT}
    quantity = next((free[name] for name in _QUANTITY if name in free), "")
    price = next((free[name] for name in _PRICE if name in free), "")
    return replace(plan, product=(quantity, price)) if quantity and price else plan


def with_lists(plan: ImportPlan) -> ImportPlan:
    """The plan with a column of tags read as a list and kept as `tags`, where nobody said otherwise."""
    if plan.kind != CONTACTS or any(column.kept_as == TAGS for column in plan.columns):
        return plan
    place = next(
        (
            at
            for at, column in enumerate(plan.columns)
            if column.target == KEPT and not column.name and folded(column.header) in _TAGS
        ),
        None,
    )
    if place is None:
        return plan
    tags = replace(plan.columns[place], name=TAGS, type=str(AttributeType.LIST), settled=True)
    return replace(plan, columns=(*plan.columns[:place], tags, *plan.columns[place + 1 :]))


def with_declared(plan: ImportPlan, declared: Mapping[str, str]) -> ImportPlan:
    """The plan with the types of the attributes that the account has declared already; `tags` is always a list."""
    if plan.kind != CONTACTS:
        return plan
    declared = {TAGS: str(AttributeType.LIST), **declared}
    return replace(
        plan,
        columns=tuple(
            replace(column, type=declared[column.kept_as], settled=True)
            if column.kept_as in declared
            else column
            for column in plan.columns
        ),
    )


def with_own_names(plan: ImportPlan) -> ImportPlan:
    """The plan with no attribute called like what every contact has: a rule could not tell the two apart."""
    if plan.kind != CONTACTS:
        return plan
    return replace(
        plan,
        columns=tuple(
            replace(column, name=f"source_{column.kept_as}") if column.kept_as in BUILT_IN else column
            for column in plan.columns
        ),
    )


def with_chosen_types(plan: ImportPlan, chosen: Mapping[str, str]) -> ImportPlan:
    """The plan with the types that a person chose, by heading."""
    return replace(
        plan,
        columns=tuple(
            replace(column, type=chosen[column.header], settled=True) if column.header in chosen else column
            for column in plan.columns
        ),
    )


def with_choices_of(plan: ImportPlan, former: ImportPlan) -> ImportPlan:
    """The plan with what a person had chosen on the former one, wherever a column of that heading is still there."""
    chosen = {column.header: column for column in former.columns}
    headers = {column.header for column in plan.columns}
    if not headers & set(chosen):
        return plan
    columns = []
    for column in plan.columns:
        before = chosen.get(column.header)
        kept = before.type if before and before.settled else column.type
        columns.append(replace(before, type=kept) if before else column)
    product = former.product if set(former.product) <= headers | {""} else plan.product
    return replace(plan, columns=tuple(columns), constants=former.constants, product=product)
