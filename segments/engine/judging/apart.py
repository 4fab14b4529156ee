"""Judging in which a rule that breaks the engine spoils nobody else: when all together fail, each is tried alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from segments.engine.language.rules import Rule, segments_read

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")
Judge = Callable[[Mapping[str, Rule], tuple[str, ...]], Mapping[str, Answer]]
Problems = dict[str, str]


def judge_apart(
    rules: Mapping[str, Rule], wanted: Iterable[str], judge: Judge[Answer]
) -> tuple[dict[str, Answer], Problems]:
    """The answers to the wanted rules, and for those that break the engine a sentence that says what to do.

    `judge` answers rules (with all they refer to) for the names wanted. What has no memory left is not tried again.
    """
    names = tuple(wanted)
    try:
        return dict(judge(rules, names)), {}
    except MemoryError:
        raise
    except Exception:  # whatever a kernel says: the others must go on
        log.exception("Rules cannot be judged together; each is tried alone")
    answers: dict[str, Answer] = {}
    problems: Problems = {}
    failed: Exception | None = None
    for name in names:
        try:
            answers.update(judge(needed(rules, name), (name,)))
        except MemoryError:
            raise
        except Exception as error:
            failed = error
            log.exception("The rule of ‘%s’ breaks the engine", name)
            problems[name] = (
                f"The engine could not evaluate this rule ({type(error).__name__}: {error}). Its last members stay. "
                "Open the segment and change the condition that was changed last; if that does not help, report it."
            )[:500]
    if failed is not None and not answers:
        raise failed  # it is not a rule that is at fault
    return answers, problems


def needed(rules: Mapping[str, Rule], name: str) -> dict[str, Rule]:
    """A rule with all that it refers to, at any remove."""
    found: dict[str, Rule] = {}
    waiting = [name]
    while waiting:
        one = waiting.pop()
        if one in rules and one not in found:
            found[one] = rules[one]
            waiting += segments_read(rules[one])
    return found
