"""Web origins: `https://desk.example`, in the one form in which browsers send and compare them."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")
_LOCAL = ("localhost", "127.0.0.1")
_USUAL = {"https": 443, "http": 80}


class BadOrigin(ValueError):
    """This is no origin that may be allowed; the message is a sentence."""


def normal_origin(text: str) -> str:
    """`https://Desk.Example:443/` as `https://desk.example`. Raises `BadOrigin`.

    One host each, without a wildcard; plain http only from this machine itself, for trying things out.
    """
    written = text.strip()
    shown = written[:80]
    try:
        parts = urlsplit(written)
        port = parts.port
    except ValueError as error:
        raise BadOrigin(f"‘{shown}’ is no origin. Write it as https://desk.example.") from error
    host = (parts.hostname or "").lower()
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii")
        except UnicodeError as error:
            raise BadOrigin(f"‘{shown}’ is no origin. Write it as https://desk.example.") from error
    if "*" in written:
        raise BadOrigin("An origin is one host: write each of them, without a star.")
    if parts.scheme not in _USUAL or not _HOST.fullmatch(host) or parts.username or parts.password:
        raise BadOrigin(f"‘{shown}’ is no origin. Write it as https://desk.example.")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise BadOrigin(f"Leave away what follows the host in ‘{shown}’: an origin is https://desk.example.")
    if parts.scheme == "http" and host not in _LOCAL:
        raise BadOrigin(f"‘{shown}’ is not safe: others could read along. Use https.")
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != _USUAL[parts.scheme] else "")
