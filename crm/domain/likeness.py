"""What makes two records likely one person: keys that are equal where it shows, each with its reason and weight."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hashlib import blake2b

from crm.domain.search import fold

# reason -> how likely it makes the two one person, of a hundred; how it reads
REASONS: dict[str, tuple[int, str]] = {
    "email": (95, "the same mailbox, written another way"),
    "name_birthday": (90, "the same name and birthday"),
    "name_postcode": (75, "the same name and postcode"),
    "name_company": (70, "the same name and company"),
    "phone": (60, "the same phone number but for the country"),
}
EACH_MORE = 3
BIRTHDAYS = (
    "birthday",
    "birth_date",
    "birthdate",
    "date_of_birth",
    "dob",
    "born",
    "geburtstag",
    "geburtsdatum",
)
POSTCODES = ("postcode", "post_code", "postal_code", "zip", "zip_code", "zipcode", "plz", "postleitzahl")
_DOTS_DO_NOT_COUNT = ("gmail.com", "googlemail.com")
_SHORTEST_PHONE = 8


def meaning(name: str) -> str:
    """What an attribute of this name holds: "birthday", "postcode" or nothing of interest."""
    plain = "_".join(fold(name).replace("-", " ").replace("_", " ").split())
    if plain in BIRTHDAYS:
        return "birthday"
    return "postcode" if plain in POSTCODES else ""


def mailbox(address: str) -> str:
    """The mailbox behind an address: without what follows a plus, and without the dots that do not count."""
    local, _, domain = address.casefold().rpartition("@")
    local = local.partition("+")[0] or local
    if domain in _DOTS_DO_NOT_COUNT:
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def keys_of(
    first_name: str,
    last_name: str,
    *,
    emails: Iterable[str] = (),
    phones: Iterable[str] = (),
    birthday: str = "",
    postcode: str = "",
    company: str = "",
) -> Iterator[tuple[str, int]]:
    """(reason, key): two records that share one are likely one person. A key is a number of 63 bits."""
    for address in emails:
        yield "email", _number(mailbox(address))
    for number in phones:
        digits = "".join(sign for sign in number if sign.isdecimal())
        if len(digits) > _SHORTEST_PHONE:
            yield "phone", _number(digits[-_SHORTEST_PHONE - 1 :])
    words = sorted(fold(f"{first_name} {last_name}").split())
    if len(words) < 2:  # half a name is shared by too many
        return
    name = " ".join(words)
    for reason, value in (
        ("name_birthday", birthday),
        ("name_postcode", postcode),
        ("name_company", company),
    ):
        plain = "".join(fold(value).split())
        if plain:
            yield reason, _number(f"{name}\n{plain}")


def score_of(reasons: Iterable[str]) -> int:
    """How likely several reasons make it: the best of them, and a little for each more; below a hundred."""
    weights = sorted((REASONS[reason][0] for reason in reasons), reverse=True)
    return min(weights[0] + EACH_MORE * (len(weights) - 1), 99)


def words_for(reasons: Iterable[str]) -> str:
    """`the same name and birthday; the same phone number but for the country`."""
    return "; ".join(REASONS[reason][1] for reason in reasons if reason in REASONS)


def _number(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big") >> 1
