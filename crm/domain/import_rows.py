"""Reads one row of a file into what it says of a customer, or into the reason why it cannot be taken."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from crm.domain.attributes import AttributeType
from crm.domain.csv_rows import Record
from crm.domain.identifiers import (
    BadIdentifier,
    normal_email,
    normal_external_id,
    normal_phone,
    trimmed,
)
from crm.domain.import_plan import IDENTIFIERS, ImportPlan
from crm.domain.values import Conventions, Value, read_instant, read_value, read_yes_no

LONGEST_NAME = 200
FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
REASONS = {
    "too_many_columns": "The row has more cells than the heading: a delimiter inside a value needs quotes around it.",
    "bad_characters": "The row holds bytes that are no text in this encoding.",
    "unclosed_quote": "A quotation mark opens and never closes.",
    "too_long": "The row is longer than a million characters.",
    "missing_email": "There is no e-mail address in this row.",
    "missing_identity": "Nothing in this row says who the customer is.",
    "missing_date": "There is no date in this row.",
    "missing_kind": "The row does not say what kind of interaction it is.",
    "bad_kind": "The kind of interaction is longer than 120 characters.",
    "short_row": "The row has fewer cells than the heading; the missing ones were taken as empty.",
}
_AS = {
    AttributeType.NUMBER: ("bad_number", "a number"),
    AttributeType.YES_NO: ("bad_yes_no", "yes or no"),
    AttributeType.DATE: ("bad_date", "a date"),
    AttributeType.INSTANT: ("bad_date", "a date and time"),
    AttributeType.LIST: ("bad_list", "a list"),
}


class Naming(NamedTuple):
    """An identifier: its kind, how it is compared, how it was written."""

    kind: str
    value: str
    shown: str


class Problem(NamedTuple):
    """A value that was left empty, or something to know about a row that was kept."""

    code: str
    reason: str
    column: str = ""
    value: str = ""


class Consenting(NamedTuple):
    """What a row says about being contacted on a channel; `at` is None where it does not say since when."""

    channel: str
    granted: bool
    at: datetime | None
    column: str


class Refused(Exception):
    """The row cannot be taken."""

    def __init__(self, code: str, reason: str = "", column: str = "") -> None:
        super().__init__(code)
        self.code, self.reason, self.column = code, reason or REASONS[code], column


@dataclass(slots=True)
class Row:
    """What a row says of a customer, whatever kind of file it stands in."""

    number: int
    identifiers: list[Naming] = field(default_factory=list)
    first_name: str = ""
    last_name: str = ""
    problems: list[Problem] = field(default_factory=list)

    @property
    def who(self) -> list[Naming]:
        """Who it is, strongest first. A phone, which families share, counts only where it is alone."""
        strong = [naming for naming in self.identifiers if naming.kind != "phone"]
        return strong or self.identifiers


@dataclass(slots=True)
class ContactRow(Row):
    """A row of customers. `attributes` has no missing values."""

    company: str = ""
    attributes: dict[str, Value] = field(default_factory=dict)
    consents: list[Consenting] = field(default_factory=list)


class RowReader:
    """Reads rows by a plan. Make one a file."""

    def __init__(self, plan: ImportPlan, *, country: str) -> None:
        self.plan = plan
        self.country = country
        self.conventions = Conventions(plan.date_order, plan.decimal, ZoneInfo(plan.timezone))
        self.places = {
            column.target: at for at, column in enumerate(plan.columns) if column.target not in ("", "-")
        }
        self.kept = [
            (at, column.kept_as, column.type, column.header)
            for at, column in enumerate(plan.columns)
            if column.kept_as
        ]
        mapped = plan.targets & set(IDENTIFIERS)
        self.phone_alone = mapped == {"phone"}
        self.consenting: list[tuple[int, str, str, str]] = []
        for at, column in enumerate(plan.columns):
            answer, sign, channel = column.target.partition(":")
            if sign:
                self.consenting.append((at, answer, channel, column.header))

    def text(self, cells: list[str], target: str) -> str:
        """The trimmed text of a field in this row, from its column or its constant."""
        at = self.places.get(target)
        return self.plan.constants.get(target, "") if at is None else cell_text(cells, at)

    def header(self, target: str) -> str:
        """The heading of a field's column."""
        at = self.places.get(target)
        return "" if at is None else self.plan.columns[at].header

    def contact(self, record: Record) -> ContactRow:
        """The row as one of customers. Raises `Refused`."""
        row = ContactRow(record.number)
        self.fill_who(row, record)
        row.company = self._short(row, record.cells, "company")
        row.attributes = self.values(row, record.cells)
        for at, answer, channel, header in self.consenting:
            text = cell_text(record.cells, at)
            if text:
                self._consent(row, text, answer, channel, header)
        return row

    def fill_who(self, row: Row, record: Record) -> None:
        """Identifiers and names of a row. Raises `Refused`."""
        if record.fault:
            raise Refused(record.fault)
        cells = record.cells
        if len(cells) < len(self.plan.columns):
            row.problems.append(Problem("short_row", REASONS["short_row"]))
        self._identify(row, cells)
        row.first_name = self._short(row, cells, "first_name")
        row.last_name = self._short(row, cells, "last_name")
        whole = self._short(row, cells, "name")
        if whole and not (row.first_name or row.last_name):
            row.first_name, row.last_name = split_name(whole)

    def values(self, row: Row, cells: list[str]) -> dict[str, Value]:
        """The columns that are kept, by name, each read as its type; an unreadable one is a problem and missing."""
        found: dict[str, Value] = {}
        width = len(cells)
        for at, name, kind, header in self.kept:
            text = cell_text(cells, at) if at < width else ""
            if not text:
                continue
            value = text if kind == AttributeType.TEXT else read_value(text, kind, self.conventions)
            if value is None or value == []:
                code, what = _AS[AttributeType(kind)]
                row.problems.append(Problem(code, f"‘{text[:80]}’ is not {what}.", header, text))
            else:
                found[name] = value
        return found

    def _identify(self, row: Row, cells: list[str]) -> None:
        email = self._first_of(row, self.text(cells, "email"), "email")
        if email:
            try:
                row.identifiers.append(Naming("email", normal_email(email), email[:254]))
            except BadIdentifier as error:
                raise Refused("invalid_email", str(error), self.header("email")) from error
        for kind, normal in (
            ("external_id", normal_external_id),
            ("phone", lambda text: normal_phone(text, self.country)),
        ):
            text = self.text(cells, kind)
            if kind == "phone":
                text = self._first_of(row, text, kind)
            if text:
                try:
                    value = normal(text)
                    row.identifiers.append(
                        Naming(kind, value, value if kind == "external_id" else text[:254])
                    )
                except BadIdentifier as error:
                    row.problems.append(Problem(f"bad_{kind}", str(error), self.header(kind), text))
        if not row.identifiers or (not self.phone_alone and row.identifiers[0].kind == "phone"):
            only_email = "email" in self.plan.targets
            raise Refused("missing_email" if only_email else "missing_identity")

    def _first_of(self, row: Row, text: str, kind: str) -> str:
        """The first of several values in a cell, as address books write them."""
        for sign in (" ::: ", ";", ","):
            if sign in text and (kind == "phone" or text.count("@") > 1):
                first, _, others = text.partition(sign)
                reason = f"Only the first of several values is used; left out: {others.strip()[:120]}"
                row.problems.append(Problem("extra_values", reason, self.header(kind), text))
                return trimmed(first)
        return text

    def _short(self, row: Row, cells: list[str], target: str) -> str:
        text = " ".join(self.text(cells, target).split())
        if len(text) > LONGEST_NAME:
            reason = f"Longer than {LONGEST_NAME} characters; the rest was cut off."
            row.problems.append(Problem("too_long", reason, self.header(target), text))
        return text[:LONGEST_NAME]

    def _consent(self, row: ContactRow, text: str, answer: str, channel: str, header: str) -> None:
        said, at = _consent_word(text), None
        if said is None:
            at = read_instant(text, self.conventions)
            said = None if at is None else True
        if said is None:
            reason = f"‘{text[:80]}’ is neither yes nor no nor a date; no consent was recorded."
            row.problems.append(Problem("bad_consent", reason, header, text))
        elif answer == "consent":
            row.consents.append(Consenting(channel, said, at, header))
        elif said:
            # “Unsubscribed: no” is no consent: it gives no right to write to anybody.
            row.consents.append(Consenting(channel, False, at, header))


_GIVEN = {"subscribed", "opted in", "opt-in", "granted", "given", "active"}
_WITHDRAWN = {"unsubscribed", "opted out", "opt-out", "withdrawn", "cleaned", "denied", "inactive"}


def _consent_word(text: str) -> bool | None:
    word = text.casefold()
    if word == "x":
        return None
    if word in _GIVEN:
        return True
    return False if word in _WITHDRAWN else read_yes_no(word)


def cell_text(cells: list[str], at: int) -> str:
    """The trimmed text of a cell, without the apostrophe by which an export disarmed a formula."""
    text = trimmed(cells[at]) if at < len(cells) else ""
    if text[:1] == "'" and text[1:].lstrip().startswith(FORMULA_SIGNS):
        return text[1:].lstrip()
    return text


def split_name(whole: str) -> tuple[str, str]:
    """First and last name of a full one: `Claire Gute`, or `Gute, Claire`; a single word is a first name."""
    if "," in whole:
        last, _, first = (part.strip() for part in whole.partition(","))
        return first, last
    first, _, last = whole.rpartition(" ")
    return (first, last) if first else (last, "")


def in_utc(moment: datetime) -> datetime:
    """The same instant in UTC."""
    return moment.astimezone(UTC)
