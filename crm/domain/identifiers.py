"""What contacts are found by, in the one form in which it is compared."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

LONGEST = 254
_EDGES = (
    "".join(chr(code) for code in range(0x10000) if chr(code).isspace())
    + "\u200b\u200c\u200d\u2060\ufeff\u00ad"
)
# An ordinary address, which needs no closer look; anything else goes to the library, forty times slower.
_ORDINARY = re.compile(
    r"(?!.{65,}@)[a-z0-9_+-]+(?:\.[a-z0-9_+-]+)*"
    r"@(?=.{4,190}$)(?!.*--)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?!test$|local$|localhost$|invalid$|onion$|arpa$)[a-z]{2,24}"
)
_WHOLE_FLOAT = re.compile(r"\d+\.0")


class BadIdentifier(ValueError):
    """This cannot be an identifier of its kind; the message is a sentence."""


def trimmed(text: str) -> str:
    """The text without ordinary, no-break and zero-width spaces around it."""
    return text.strip() if text.isascii() else text.strip(_EDGES)


def normal_email(text: str) -> str:
    """The address in lower case with its domain readable. Raises `BadIdentifier`."""
    address = trimmed(text).casefold()
    if _ORDINARY.fullmatch(address):
        return address
    try:
        found = validate_email(address, check_deliverability=False)
    except EmailNotValidError as error:
        raise BadIdentifier(f"‘{address[:80]}’ is no e-mail address: {error}") from error
    normal = found.normalized.casefold()
    if len(normal) > LONGEST:
        raise BadIdentifier(f"This e-mail address is longer than {LONGEST} characters.")
    return normal


@lru_cache(maxsize=4096)
def normal_phone(text: str, country: str) -> str:
    """The number as `+491701234567`; without a prefix it is one of `country`. Raises `BadIdentifier`."""
    written = trimmed(text).removeprefix("'")
    try:
        number = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException as error:
        raise BadIdentifier(f"‘{written[:40]}’ is no phone number.") from error
    if not phonenumbers.is_possible_number(number):
        raise BadIdentifier(
            f"‘{written[:40]}’ is no phone number of {country}; write it with its country, as +49 170 1234567."
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def normal_external_id(text: str) -> str:
    """The id as it is, trimmed; `17850.0`, which a spreadsheet or pandas makes of 17850, is 17850.

    Case and leading zeros count. Raises `BadIdentifier`.
    """
    written = unicodedata.normalize("NFC", trimmed(text))
    if _WHOLE_FLOAT.fullmatch(written):
        written = written[:-2]
    if len(written) > LONGEST:
        raise BadIdentifier(f"An external id has at most {LONGEST} characters; this one has {len(written)}.")
    return written


def normal_identifier(kind: str, text: str, *, country: str) -> str:
    """An identifier of any kind as it is stored and compared. Raises `BadIdentifier`."""
    if kind == "email":
        return normal_email(text)
    if kind == "phone":
        return normal_phone(text, country)
    return normal_external_id(text)
