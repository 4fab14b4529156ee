"""Who asks: `Authorization: Bearer <key>`, or Basic with the key as user name or password."""

from __future__ import annotations

import base64
import binascii
import logging

from django.db import OperationalError
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from crm.actions.tokens import note_use
from crm.kit.clock import now
from crm.models import ApiToken, User
from crm.queries.tokens import TokenRefused, token_of

log = logging.getLogger(__name__)
HOW = (
    "Send the token as ‘Authorization: Bearer <token>’, or by Basic authentication as user name or password."
)


class TokenAuthentication(BaseAuthentication):
    """The owner and the token of a request; no cookie or session opens the API."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        at = now()
        try:
            token = token_of(key_in(header), at=at)
        except TokenRefused as refusal:
            raise AuthenticationFailed(str(refusal)) from refusal
        try:
            note_use(token=token, at=at)
        except OperationalError as error:  # a busy database must not turn a reader away
            log.warning("The last use of token %s was not noted: %s", token.prefix, error)
        return token.owner, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Facet"'


def key_in(header: str) -> str:
    """The key in an Authorization header. Raises `TokenRefused` with how to send one."""
    kind, _, rest = header.partition(" ")
    rest = rest.strip()
    if len(rest) <= 400:
        if kind.lower() == "bearer" and rest:
            return rest
        if kind.lower() == "basic":
            try:
                name, _, password = base64.b64decode(rest, validate=True).decode("utf-8").partition(":")
            except (binascii.Error, UnicodeDecodeError) as error:
                raise TokenRefused(HOW) from error
            return password or name
    raise TokenRefused(HOW)
