"""Reads one row of a file as an interaction: when, what, how much, and what makes it the same one again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from crm.domain.csv_rows import Record
from crm.domain.import_plan import LEFT_OUT, ImportPlan
from crm.domain.import_rows import Problem, Refused, Row, RowReader, cell_text, in_utc
from crm.domain.values import Value, read_decimal, read_instant

SIX_DECIMALS = Decimal("0.000001")
LARGEST = Decimal(10) ** 12
LONGEST_KIND, LONGEST_MESSAGE_ID = 120, 200
INSTANTS_KEPT = 50_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class InteractionRow(Row):
    """A row of interactions. `message_id` is empty where the file gives none: then `content` tells it apart."""

    kind: str = ""
    at: datetime = EPOCH
    amount: Decimal | None = None
    currency: str = ""
    message_id: str = ""
    content: str = ""
    properties: dict[str, Value] = field(default_factory=dict)


class InteractionReader(RowReader):
    """Reads rows of interactions by a plan."""

    def __init__(self, plan: ImportPlan, *, country: str) -> None:
        super().__init__(plan, country=country)
        self.instants: dict[str, datetime | None] = {}
        headers = [column.header for column in plan.columns]
        self.factors = [headers.index(header) for header in plan.product if header]
        # By heading, so that the same export with its columns in another order gives the same content.
        self.content = sorted(
            (column.header, at) for at, column in enumerate(plan.columns) if column.target != LEFT_OUT
        )

    def interaction(self, record: Record) -> InteractionRow:
        """The row as an interaction. Raises `Refused`."""
        row = InteractionRow(record.number)
        self.fill_who(row, record)
        cells = record.cells
        row.at = self._instant(self.text(cells, "at"))
        row.kind = self.text(cells, "kind")
        if not row.kind:
            raise Refused("missing_kind", column=self.header("kind"))
        if len(row.kind) > LONGEST_KIND:
            raise Refused("bad_kind", column=self.header("kind"))
        row.amount = self._amount(row, cells)
        row.currency = self._currency(row, cells)
        row.properties = self.values(row, cells)
        row.message_id = self.text(cells, "message_id")
        if not row.message_id:
            row.content = self._content(row.kind, cells)
        elif len(row.message_id) > LONGEST_MESSAGE_ID:
            row.message_id = hashlib.sha256(row.message_id.encode()).hexdigest()
        return row

    def _instant(self, text: str) -> datetime:
        if not text:
            raise Refused("missing_date", column=self.header("at"))
        if text not in self.instants:
            if len(self.instants) >= INSTANTS_KEPT:
                self.instants.clear()
            moment = read_instant(text, self.conventions)
            self.instants[text] = None if moment is None else in_utc(moment)
        found = self.instants[text]
        if found is None:
            raise Refused("bad_date", f"‘{text[:80]}’ is no date.", self.header("at"))
        return found

    def _amount(self, row: InteractionRow, cells: list[str]) -> Decimal | None:
        texts = [cell_text(cells, at) for at in self.factors] or [self.text(cells, "amount")]
        header = "*".join(self.plan.product) if self.factors else self.header("amount")
        if not all(texts):
            return None
        amount = Decimal(1)
        for text in texts:
            number = read_decimal(text, self.conventions.decimal)
            if number is None:
                row.problems.append(Problem("bad_number", f"‘{text[:80]}’ is not a number.", header, text))
                return None
            amount *= number
        if abs(amount) >= LARGEST:
            reason = "An amount has at most twelve digits before the point."
            row.problems.append(Problem("bad_number", reason, header, " * ".join(texts)))
            return None
        return amount.quantize(SIX_DECIMALS)

    def _currency(self, row: InteractionRow, cells: list[str]) -> str:
        text = self.text(cells, "currency").upper()
        if text and not (len(text) == 3 and text.isascii() and text.isalpha()):
            reason = f"‘{text[:20]}’ is no currency; write three letters, as EUR."
            row.problems.append(Problem("bad_currency", reason, self.header("currency"), text))
            return ""
        return text

    def _content(self, kind: str, cells: list[str]) -> str:
        """A digest of the row as it is written; empty cells do not count, nor does how numbers and dates were read."""
        parts = [kind]
        width = len(cells)
        for header, at in self.content:
            text = cells[at].strip() if at < width else ""
            if text:
                parts += (header, text)
        return hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).hexdigest()[:40]
