"""Who is in each segment, packed: a bit a contact, as of a place in the log; kept as a file beside the mirror.

A run compares its verdicts with this instead of reading tens of millions of rows. The file is true where the state row
names it (`MirrorState.packed`): the transaction that writes members writes a new file first and then its name. What
was written since is caught up from the log. Absent, torn, or another database's: read from the tables.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from segments.engine.language import moments
from segments.mirror import folder
from segments.mirror.numbers import numbers
from segments.models import Membership, MembershipChange

Ids = npt.NDArray[np.int64]
Bits = npt.NDArray[np.uint8]
FORMAT = 1
MOST_LINES = 5_000_000  # further behind than this, members are read anew


@dataclass
class Roster:
    """Members by segment (`bits`) as of the log's row `log`; of some segments also since when (`since`, by contact)."""

    log: int
    bits: dict[int, Bits] = field(default_factory=dict)
    since: dict[int, Ids] = field(default_factory=dict)

    def members(self, segment: int) -> Ids:
        """The contacts of a segment, rising."""
        return np.flatnonzero(np.unpackbits(self.bits[segment], bitorder="little")).astype(np.int64)

    def standing(self, segment: int) -> tuple[Ids, Ids]:
        """The contacts of a segment, rising, and since when each (microseconds); kept from then on."""
        if segment not in self.since:
            self.since[segment] = _sinces(segment)
        inside = np.flatnonzero(self.since[segment])
        return inside.astype(np.int64), self.since[segment][inside]

    def difference(self, segment: int, ids: Ids, truth: npt.NDArray[np.bool_]) -> tuple[Ids, Ids]:
        """Who came in and who went, where those of `ids` for whom `truth` holds are the members now."""
        before = self.bits[segment]
        size = max(int(ids.max(initial=0)) + 1, len(before) * 8)
        inside = np.zeros(-(-size // 8) * 8, bool)
        inside[ids] = truth
        changed = np.packbits(inside, bitorder="little")
        changed[: len(before)] ^= before
        moved = _set_bits(changed)
        entered = inside[moved]
        return moved[entered], moved[~entered]

    def apply(self, segment: int, contacts: Ids, entered: npt.NDArray[np.bool_], at: Ids | int) -> None:
        """Let contacts come in or go, in order; the last word on each counts."""
        if segment not in self.bits or not len(contacts):
            return
        inside = np.unpackbits(self.bits[segment], bitorder="little")
        size = int(contacts.max()) + 1
        if size > len(inside):
            inside = np.concatenate([inside, np.zeros(-(-size // 8) * 8 - len(inside), np.uint8)])
        inside[contacts] = entered
        self.bits[segment] = np.packbits(inside, bitorder="little")
        if segment in self.since:
            since = self.since[segment]
            if size > len(since):
                since = np.concatenate([since, np.zeros(size - len(since), np.int64)])
            since[contacts] = np.where(entered, at, 0)
            self.since[segment] = since


def _set_bits(bits: Bits) -> Ids:
    """The places of the bits that are set, quickly where they are few."""
    places = np.flatnonzero(bits)
    found = np.unpackbits(bits[places], bitorder="little").reshape(-1, 8)
    row, bit = np.nonzero(found)
    return (places[row] * 8 + bit).astype(np.int64)


def known(packed: str, log: int, segments: Iterable[int]) -> tuple[Roster, bool]:
    """The members of these segments as of a place in the log, and whether a file gave them.

    `packed` is the name in the state row, `log` the newest row of the log that counts.
    """
    wanted = set(segments)
    found = load(packed) if packed else None
    loaded = found is not None and log - MOST_LINES <= found.log <= log
    roster = found if found is not None and loaded else Roster(log)
    roster.bits = {segment: bits for segment, bits in roster.bits.items() if segment in wanted}
    roster.since = {segment: at for segment, at in roster.since.items() if segment in wanted}
    catch_up(roster, log)
    for segment in sorted(wanted - roster.bits.keys()):
        roster.bits[segment] = read(segment)
    return roster, loaded


def read(segment: int) -> Bits:
    """The members of a segment as the table has them."""
    return packed_bits(_members(segment))


def packed_bits(members: Ids) -> Bits:
    """Contacts as bits."""
    inside = np.zeros(-(-(int(members.max(initial=-1)) + 1) // 8) * 8, bool)
    inside[members] = True
    return np.packbits(inside, bitorder="little")


def moved_since(log: int, upto: int) -> tuple[Ids, Ids, npt.NDArray[np.bool_]]:
    """The log's rows after one up to another, in order: segments, contacts, whether they came in."""
    segments, contacts, ways = numbers(
        ("segment_id", "contact_id", "CASE WHEN entered THEN 1 ELSE 0 END"),
        f"{MembershipChange._meta.db_table} WHERE id > {int(log)} AND id <= {int(upto)}",
        order="id",
    )
    return segments, contacts, ways.astype(bool)


def standing_of(contacts: Iterable[int]) -> tuple[Ids, Ids]:
    """Where these contacts are members by the rows there are now: segments, and contacts, rising in both."""
    listed = ",".join(str(int(contact)) for contact in contacts)
    source = f"{Membership._meta.db_table} WHERE contact_id IN ({listed})"
    segments, members = numbers(("segment_id", "contact_id"), source)
    order = np.lexsort((members, segments))  # joined in order, PostgreSQL takes more than twice as long
    return segments[order], members[order]


def catch_up(roster: Roster, upto: int) -> None:
    """Bring the members up to a row of the log."""
    if upto <= roster.log:
        return
    segments, contacts, entered = moved_since(roster.log, upto)
    for segment in np.unique(segments).tolist():
        if segment not in roster.since:
            mine = segments == segment
            roster.apply(segment, contacts[mine], entered[mine], 0)
    if roster.since:
        rows = MembershipChange.objects.filter(
            pk__gt=roster.log, pk__lte=upto, segment_id__in=list(roster.since)
        ).order_by("pk")
        for segment, contact, came, at in rows.values_list("segment_id", "contact_id", "entered", "at"):
            roster.apply(segment, np.array([contact]), np.array([came]), moments.to_us(at))
    roster.log = upto


def _members(segment: int) -> Ids:
    table = Membership._meta.db_table
    return numbers(("contact_id",), f"{table} WHERE segment_id = {int(segment)}", order="contact_id")[0]


def _sinces(segment: int) -> Ids:
    rows = list(Membership.objects.filter(segment_id=segment).values_list("contact_id", "since"))
    since = np.zeros(max((contact for contact, _ in rows), default=-1) + 1, np.int64)
    for contact, at in rows:
        since[contact] = moments.to_us(at)
    return since


def save(roster: Roster, name: str) -> None:
    """Write the file of this name, whole or not at all. Raises OSError where the disk is full."""
    parts = [
        *((segment, "bits", bits.tobytes()) for segment, bits in sorted(roster.bits.items())),
        *((segment, "since", since.tobytes()) for segment, since in sorted(roster.since.items())),
    ]
    body = b"".join(data for _, _, data in parts)
    about = {
        "format": FORMAT,
        "name": name,
        "log": roster.log,
        "parts": [[segment, kind, len(data)] for segment, kind, data in parts],
        "checksum": zlib.crc32(body),
    }
    head = json.dumps(about).encode()
    beside = folder.beside("members")
    try:
        with beside.open("wb") as file:
            file.write(len(head).to_bytes(8, "little") + zlib.crc32(head).to_bytes(8, "little") + head)
            file.write(body)
        beside.rename(_path(name))
    except OSError:
        beside.unlink(missing_ok=True)
        raise


def load(name: str) -> Roster | None:
    """What the file of this name holds; None where it is not there, or not as it was written."""
    try:
        data = _path(name).read_bytes()
        length, checksum = (int.from_bytes(data[place : place + 8], "little") for place in (0, 8))
        head, body = data[16 : 16 + length], memoryview(data)[16 + length :]
        if zlib.crc32(head) != checksum:
            return None
        about = json.loads(head)
        if about["format"] != FORMAT or about["name"] != name or zlib.crc32(body) != about["checksum"]:
            return None
        found, place = Roster(about["log"]), 0
        for segment, kind, size in about["parts"]:
            part = body[place : place + size]
            place += size
            if kind == "bits":
                found.bits[segment] = np.frombuffer(part, np.uint8)
            else:
                found.since[segment] = np.frombuffer(part, np.int64).copy()
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found


def clear(*, keep: Collection[str]) -> None:
    """Remove files that no state row will name again."""
    for path in folder.whole().glob("members-*"):
        if path.name.removeprefix("members-") not in keep:
            path.unlink(missing_ok=True)


def _path(name: str) -> Path:
    return folder.whole() / f"members-{os.path.basename(name)}"
