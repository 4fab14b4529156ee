"""What people write, made fit to be kept: no NUL, no half characters, even spaces."""

from __future__ import annotations


def one_line(text: str) -> str:
    """The text on one line, with single spaces."""
    return " ".join(_kept(text).split())


def some_lines(text: str) -> str:
    """The text line by line, without spaces at the ends and without empty lines."""
    lines = (" ".join(line.split()) for line in _kept(text).splitlines())
    return "\n".join(line for line in lines if line)


def _kept(text: str) -> str:
    return text.encode("utf-8", "ignore").decode("utf-8").replace("\x00", "")
