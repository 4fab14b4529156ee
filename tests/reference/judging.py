"""The judge as a program: a file of contacts, a line each, to who is in which segment: `-m tests.reference.judging`.

The first line has as_of, timezone, attributes (name to type), segments as in a portable file, and the slugs wanted. Each
contact is a world of its own: rules never compare two people, and every type is declared or told by the value itself.
"""

import json
import sys
from collections.abc import Iterator
from itertools import islice
from multiprocessing import Pool
from typing import Any

from tests.reference.evaluator import members_of_segment
from tests.reference.world import open_world

Json = dict[str, Any]
AT_ONCE = 200


def segments_of(given: tuple[Json, list[str]]) -> list[str]:
    """For each contact of some lines, the wanted segments it is in, as a line."""
    common, lines = given
    found = []
    for line in lines:
        contact = json.loads(line)
        known = {
            **common,
            "contacts": [contact],
            "interactions": contact["interactions"],
            "rule": {"all": []},
        }
        world, _ = open_world(known, {})
        inside = [slug for slug in common["wanted"] if contact["id"] in members_of_segment(world, slug)]
        found.append(json.dumps([contact["id"], inside]))
    return found


def cut(common: Json, lines: Iterator[str]) -> Iterator[tuple[Json, list[str]]]:
    """The contacts in parts small enough to be shared out."""
    while part := list(islice(lines, AT_ONCE)):
        yield common, part


def main(path: str, processes: int) -> None:
    """Judge every contact of the file, on so many processes."""
    with open(path) as file, Pool(processes) as pool:
        common = json.loads(next(file))
        for said in pool.imap(segments_of, cut(common, file)):
            sys.stdout.write("".join(f"{line}\n" for line in said))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
