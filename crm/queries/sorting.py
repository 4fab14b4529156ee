"""In which orders customers can be listed: those that an index carries, so that any page is as quick as the first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, F, Func, QuerySet, Value

from crm.kit.paging import moment_in, whole
from crm.models import Contact
from crm.models.names import NameInOrder

BY_NAME, BY_NUMBER, BY_CHANGE = "name", "", "changed"


@dataclass(frozen=True)
class Order:
    """An order by its word in addresses; `column` is where its values stand, if any, `down`: the greatest lead."""

    key: str
    label: str
    column: str
    down: bool = False

    @property
    def aria(self) -> str:
        """As a table's header says it."""
        return "descending" if self.down else "ascending"


# By number, which rises as customers are added. Since when they are known is another matter: a merge dates it back.
NEWEST = Order("", "Added last first", BY_NUMBER, down=True)
ORDERS: Sequence[Order] = (
    NEWEST,
    Order("added", "Added first first", BY_NUMBER),
    Order("name", "Last name, A to Z", BY_NAME),
    Order("-name", "Last name, Z to A", BY_NAME, down=True),
    Order("-changed", "Changed last first", BY_CHANGE, down=True),
    Order("changed", "Longest unchanged first", BY_CHANGE),
)


def order_of(key: str) -> Order:
    """The order that a word asks for; the newest first where there is none such."""
    return next((one for one in ORDERS if one.key == key), NEWEST)


class _Beyond(Func):
    """Whether the first half of some expressions comes after the second: in one comparison, as an index has it."""

    output_field = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, *rest: Any, **more: Any) -> Any:
        parts = [compiler.compile(one) for one in self.get_source_expressions()]
        half, sign = len(parts) // 2, self.extra["sign"]
        here, there = (", ".join(sql for sql, _ in some) for some in (parts[:half], parts[half:]))
        return f"({here}) {sign} ({there})", tuple(value for _, values in parts for value in values)


@dataclass(frozen=True)
class _Leading:
    """What an order compares before the number, and how it is written into a key and read again."""

    expression: Func | F
    write: Callable[[Any], str]
    read: Callable[[str], Any]


LEADING = {
    BY_NAME: _Leading(
        NameInOrder("last_name", "first_name"), str, lambda text: text.replace("\x00", "") or None
    ),
    BY_CHANGE: _Leading(F("updated_at"), datetime.isoformat, moment_in),
}


def page_in_order(
    contacts: QuerySet[Contact], order: Order, *, after: str, size: int
) -> list[tuple[str, int]]:
    """At most `size` pairs of (key for `after`, contact id) in an order; one query. A spoilt key begins anew."""
    leading = LEADING.get(order.column)
    last, _, written = after.partition(" ")
    pk = whole(last)
    if leading is None:
        if pk is not None:
            contacts = contacts.filter(**{"pk__lt" if order.down else "pk__gt": pk})
        ids = contacts.order_by("-pk" if order.down else "pk").values_list("pk", flat=True)
        return [(str(key), key) for key in ids[:size]]
    contacts = contacts.annotate(leading=leading.expression)
    value = leading.read(written)
    if pk is not None and value is not None:
        # The first condition is for SQLite, which finds no place in an index of expressions by the second.
        contacts = contacts.filter(**{"leading__lte" if order.down else "leading__gte": value})
        here = (F("leading"), F("pk"), Value(value), Value(pk))
        contacts = contacts.filter(_Beyond(*here, sign="<" if order.down else ">"))
    ordered = contacts.order_by(*(("-leading", "-pk") if order.down else ("leading", "pk")))
    return [
        (f"{key} {leading.write(value)}", key) for key, value in ordered.values_list("pk", "leading")[:size]
    ]
