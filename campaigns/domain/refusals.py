"""What is said when something cannot be done."""

from __future__ import annotations


class Refused(ValueError):
    """The change was not made; the text says why and what to do. `field` names the field at fault, if one is."""

    def __init__(self, sentence: str, *, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field
