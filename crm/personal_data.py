"""How each model with personal data is exported, merged and erased; an architecture test finds the forgetful one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import Model


@dataclass(frozen=True)
class PersonalData:
    """What happens to a model's rows of one contact.

    `link` is the field that points to the contact; `export` names the columns of an access export, none: nothing of
    interest to the person; `on_merge` says what becomes of an absorbed contact's rows; `on_erase` what erasure does.
    `erase(contacts=…, at=…)` removes the rows instead where that takes more than deleting them; it gives how many.
    """

    model: type[Model]
    link: str
    export: tuple[str, ...]
    on_merge: Literal["move", "drop", "recompute"]
    on_erase: Literal["delete", "keep"]
    erase: Callable[..., int] | None = None


REGISTRY: dict[type[Model], PersonalData] = {}


def register(model: type[Model], **terms: Any) -> None:
    """Called once a model, in `AppConfig.ready`."""
    REGISTRY[model] = PersonalData(model=model, **terms)
