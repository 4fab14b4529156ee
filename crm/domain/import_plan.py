"""What an import will do: how the file is written, and where each of its columns goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from crm.domain.attributes import AttributeType
from crm.domain.csv_dialect import Dialect

CONTACTS, INTERACTIONS = "contacts", "interactions"
LEFT_OUT = "-"
KEPT = ""  # a column that goes nowhere else stays, under its own name
IDENTIFIERS = ("email", "external_id", "phone")  # strongest first
NAMES = ("first_name", "last_name", "name")
_CONSENTS = {
    f"{answer}:{channel}": f"{sentence} {label}"
    for answer, sentence in (("consent", "Consent to"), ("unsubscribed", "Unsubscribed from"))
    for channel, label in (("email", "e-mail"), ("sms", "SMS"), ("phone", "calls"), ("post", "letters"))
}
_WHO = {
    "email": "E-mail",
    "external_id": "External id",
    "phone": "Phone",
    "first_name": "First name",
    "last_name": "Last name",
    "name": "Full name",
}
FIELDS: dict[str, dict[str, str]] = {
    CONTACTS: {**_WHO, "company": "Company", **_CONSENTS},
    INTERACTIONS: {
        **_WHO,
        "kind": "Kind",
        "at": "Date or instant",
        "amount": "Amount",
        "currency": "Currency",
        "message_id": "Message id",
    },
}


class UnusablePlan(ValueError):
    """The mapping cannot work; the message says what to change."""


@dataclass(frozen=True)
class Column:
    """One column of the file and where it goes: a field, `-` left out, or kept as `name` of `type`.

    `settled`: a person chose the type, or the attribute was declared before; the file does not change it any more.
    """

    header: str
    target: str = KEPT
    name: str = ""
    type: str = AttributeType.TEXT
    settled: bool = False

    @property
    def kept_as(self) -> str:
        """The name of the attribute or property that the column becomes, or nothing."""
        return (self.name or self.header) if self.target == KEPT else ""


@dataclass(frozen=True)
class ImportPlan:
    """Everything that decides what a file becomes. `overrides` names what a person chose instead of the detected."""

    kind: str
    dialect: Dialect
    columns: tuple[Column, ...]
    date_order: str = "ymd"
    decimal: str = "."
    sure_of_order: bool = True
    timezone: str = "UTC"
    constants: Mapping[str, str] = field(default_factory=dict)
    product: tuple[str, str] = ("", "")
    overrides: tuple[str, ...] = ()
    complete: bool = True  # the whole file was looked through, not only its beginning

    def to_dict(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return asdict(self)

    @staticmethod
    def from_dict(kept: Mapping[str, Any]) -> ImportPlan:
        """As `to_dict` wrote it."""
        return ImportPlan(
            **{
                **kept,
                "dialect": Dialect(**kept["dialect"]),
                "columns": tuple(Column(**column) for column in kept["columns"]),
                "product": tuple(kept["product"]),
                "overrides": tuple(kept["overrides"]),
            }
        )

    def position(self, target: str) -> int | None:
        """Where in a row the column of a field stands."""
        return next((at for at, column in enumerate(self.columns) if column.target == target), None)

    @property
    def targets(self) -> set[str]:
        """The fields that get a value, from a column, a constant or the product."""
        filled = {column.target for column in self.columns} - {KEPT, LEFT_OUT}
        return filled | set(self.constants) | ({"amount"} if any(self.product) else set())

    def check(self) -> None:
        """Raise `UnusablePlan` unless the mapping can work."""
        targets = [column.target for column in self.columns if column.target not in (KEPT, LEFT_OUT)]
        _refuse_twice(targets + list(self.constants) + (["amount"] if any(self.product) else []))
        _refuse_unknown(targets, self.kind)
        if not self.targets & set(IDENTIFIERS):
            raise UnusablePlan(
                "No column says who the customer is. Choose the one that holds the e-mail address, the customer number "
                "(external id) or the phone number."
            )
        if self.kind == INTERACTIONS:
            self._check_interactions()
        names = [column.kept_as for column in self.columns if column.kept_as]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise UnusablePlan(f"Two columns would be kept as ‘{min(twice)}’. Give one another name.")

    def _check_interactions(self) -> None:
        if "at" not in self.targets:
            raise UnusablePlan("No column says when it happened. Choose the one that holds the date.")
        if "kind" not in self.targets:
            raise UnusablePlan("Say what kind of interaction these are, for example purchase.")


def _refuse_twice(targets: list[str]) -> None:
    twice = {target for target in targets if targets.count(target) > 1}
    if twice:
        raise UnusablePlan(f"Two columns go to ‘{min(twice)}’. Choose one, keep the other as it is.")


def _refuse_unknown(targets: Iterable[str], kind: str) -> None:
    unknown = sorted(set(targets) - set(FIELDS[kind]))
    if unknown:
        raise UnusablePlan(f"‘{unknown[0]}’ is no field. Use one of: {', '.join(FIELDS[kind])}.")


def with_types(plan: ImportPlan, types: Iterable[AttributeType]) -> ImportPlan:
    """The plan with the types that the whole file shows, wherever nobody chose one."""
    return replace(
        plan,
        columns=tuple(
            column if column.settled else replace(column, type=str(kind))
            for column, kind in zip(plan.columns, types, strict=True)
        ),
    )


def mapped(plan: ImportPlan, pairs: Iterable[str]) -> ImportPlan:
    """The plan with `COLUMN=FIELD`, `kind:=purchase`, `Quantity*UnitPrice=amount` and `COLUMN=-` applied.

    A FIELD that is none is the name of an attribute or property. Raises `UnusablePlan`.
    """
    for pair in pairs:
        plan = _mapped_one(plan, pair)
    return plan


def _mapped_one(plan: ImportPlan, pair: str) -> ImportPlan:
    headers = [column.header for column in plan.columns]
    fixed, sign, value = pair.partition(":=")
    if sign and fixed.strip() in FIELDS[plan.kind]:
        return replace(plan, constants={**plan.constants, fixed.strip(): value.strip()})
    header, sign, target = pair.rpartition("=")
    header, target = header.strip(), target.strip()
    if not sign or not target:
        raise UnusablePlan(
            f"‘{pair}’ is no mapping. Write COLUMN=FIELD, FIELD:=VALUE, or COLUMN*COLUMN=amount."
        )
    if header not in headers and "*" in header:
        left, _, right = (part.strip() for part in header.partition("*"))
        if target != "amount" or plan.kind != INTERACTIONS:
            raise UnusablePlan(f"‘{pair}’: a product goes to the amount of an interaction.")
        for factor in (left, right):
            _refuse_missing(factor, headers)
        return replace(plan, product=(left, right))
    _refuse_missing(header, headers)
    known = target in FIELDS[plan.kind] or target == LEFT_OUT
    return replace(
        plan,
        columns=tuple(
            column
            if column.header != header
            else replace(column, target=target if known else KEPT, name="" if known else target)
            for column in plan.columns
        ),
    )


def _refuse_missing(header: str, headers: list[str]) -> None:
    if header not in headers:
        raise UnusablePlan(f"The file has no column ‘{header}’. Its columns are: {', '.join(headers)}.")
