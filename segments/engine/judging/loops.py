"""Loops of their own for conditions that no count or sum decides: distinct values, habits, sequences, histories.

Compiled once by numba and cached. Rows of a contact are sorted by instant. All functions release the GIL.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def distinct(offsets, at, mask, classes, low, high, out) -> Any:  # type: ignore[no-untyped-def]
    """How many different classes (>= 0) each contact's masked rows within [low, high) have."""
    for contact in range(len(offsets) - 1):
        start, stop = offsets[contact], offsets[contact + 1]
        found = np.empty(stop - start, np.int64)
        size = 0
        for row in range(start, stop):
            if mask[row] and low <= at[row] < high and classes[row] >= 0:
                found[size] = classes[row]
                size += 1
        ordered = np.sort(found[:size])
        different = 0
        for index in range(size):
            if index == 0 or ordered[index] != ordered[index - 1]:
                different += 1
        out[contact] = different


@njit(cache=True, nogil=True)
def regular(offsets, at, mask, borders, times, out) -> Any:  # type: ignore[no-untyped-def]
    """How many blocks (borders[k + 1], borders[k]] hold `times` or more masked rows; borders fall from as-of."""
    blocks = len(borders) - 1
    counts = np.zeros(blocks, np.int64)
    for contact in range(len(offsets) - 1):
        counts[:] = 0
        block = blocks - 1  # the oldest
        for row in range(offsets[contact], offsets[contact + 1]):
            moment = at[row]
            if not mask[row] or moment <= borders[blocks]:
                continue
            if moment > borders[0]:
                break
            while moment > borders[block]:
                block -= 1
            counts[block] += 1
        full = 0
        for index in range(blocks):
            if counts[index] >= times:
                full += 1
        out[contact] = full


@njit(cache=True, nogil=True)
def sequence(offsets, at, deadline, masks, absent, low, high, as_of, out) -> Any:  # type: ignore[no-untyped-def]
    """Whether each contact did the steps, each strictly later and at most `deadline` of the one before.

    masks: steps x rows. deadline[row]: the last instant at which the step after this row may come. The first step lies
    within [low, high). absent: the last step must not happen before the deadline, which must have passed at as_of.

    For each step the row to build on is the latest strictly earlier one: its deadline is the latest too.
    """
    steps = len(masks) - (1 if absent else 0)
    best = np.empty(
        steps, np.int64
    )  # deadline of the latest row that reached the step, at an earlier instant
    fresh = np.empty(steps, np.int64)  # the same at this very instant, usable once time moves on
    for contact in range(len(offsets) - 1):
        best[:] = -(2**62)
        fresh[:] = -(2**62)
        now = -(2**62)
        done = False
        pending = -(2**62)  # absent: earliest deadline still open from earlier instants
        has_pending = False
        arrived = -(2**62)
        has_arrived = False
        for row in range(offsets[contact], offsets[contact + 1]):
            moment = at[row]
            if moment > as_of or done:
                break
            if moment != now:
                for step in range(steps):
                    best[step] = max(best[step], fresh[step])
                    fresh[step] = -(2**62)
                if has_arrived and not has_pending:
                    pending, has_pending = arrived, True
                has_arrived = False
                now = moment
            if absent and has_pending and masks[steps, row]:
                if pending < moment:
                    done = True  # its time had passed before this came
                else:
                    has_pending = False
            for step in range(steps):
                if not masks[step, row]:
                    continue
                reached = low <= moment < high if step == 0 else best[step - 1] >= moment
                if reached:
                    fresh[step] = max(fresh[step], deadline[row])
                    if step == steps - 1:
                        if absent:
                            arrived = deadline[row]
                            has_arrived = True
                        else:
                            done = True
        if absent and has_pending:
            done = done or pending <= as_of
        elif absent and has_arrived:
            done = done or arrived <= as_of
        out[contact] = done


@njit(cache=True, nogil=True)
def held(offsets, at, truth, since, as_of, before, out) -> Any:  # type: ignore[no-untyped-def]
    """Whether the truth of each contact's history held from `since` to as_of; `before` is that of no entry yet."""
    for contact in range(len(offsets) - 1):
        holds = before
        for entry in range(offsets[contact], offsets[contact + 1]):
            if at[entry] > as_of:
                break
            if entry + 1 < offsets[contact + 1] and at[entry + 1] == at[entry]:
                continue  # replaced at the very same instant: it was never the value
            holds = truth[entry] if at[entry] <= since else holds and truth[entry]
        out[contact] = holds
