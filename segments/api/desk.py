"""The narrow door for help desks: badges by e-mail, phone or external id, with a key of its own.

A browser on a page that is not allowed is turned away, and so is a program unless the key says otherwise. Whether a
customer is known is not told: an unknown address has no badges, as many a known one.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from crm.api.authentication import key_in
from crm.api.documenting import ERRORS
from crm.api.errors import invalid
from crm.api.view import ApiView, read_body, read_query
from crm.domain.identifiers import BadIdentifier, normal_identifier
from crm.domain.texts import one_line
from crm.kit.clock import now
from crm.models import Contact
from crm.queries.accounts import current_account
from crm.queries.tokens import TokenRefused
from segments.actions.service import voting
from segments.actions.service.badge_keys import note_use
from segments.api.badges import badge_shaped
from segments.api.shapes import BADGES_ANSWER, BadgeOut, BadgeQuery
from segments.models import BadgeKey
from segments.queries.service.badge_keys import is_allowed_anywhere, key_of, looks_like_one
from segments.queries.service.desk import contact_behind, desk_standings, open_badges

MISSES = 20  # unknown addresses a minute, from one place with one key
WINDOW = 60
HOW = (
    "Send the key of your help desk as ‘Authorization: Bearer fb_…’. Keys are made on the page /help-desks/."
)


class DeskAuthentication(BaseAuthentication):
    """The badge key of a request, its origin checked; no cookie, session or API token opens this door."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, BadgeKey] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        at = now()
        try:
            secret = key_in(header)
        except TokenRefused as refusal:
            raise exceptions.AuthenticationFailed(HOW) from refusal
        key = key_of(secret, at=at) if looks_like_one(secret) else None
        if key is None:
            raise exceptions.AuthenticationFailed("This key opens no badges: unknown, ended or revoked.")
        check_origin(request, key)
        with suppress(OperationalError):  # a busy database must not turn a reader away
            note_use(key=key, at=at)
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Facet badges"'


def check_origin(request: Request, key: BadgeKey) -> None:
    """Let pages pass that the key allows, our own frame, and servers where it allows those. Raises 403."""
    origin = request.META.get("HTTP_ORIGIN")
    site = request.META.get("HTTP_SEC_FETCH_SITE")
    if origin is not None:
        if origin in key.origins:
            request._request.desk_origin = origin  # type: ignore[attr-defined]
            return
        if origin != f"{request.scheme}://{request.get_host()}":
            raise exceptions.PermissionDenied("Pages of this origin may not show badges with this key.")
    elif site is None and not key.servers:
        raise exceptions.PermissionDenied("This key opens badges in web pages only, not for programs.")
    elif site not in (None, "same-origin"):
        raise exceptions.PermissionDenied("A page may ask for badges only by fetch, with its origin.")


class BadgeKeyScheme(OpenApiAuthenticationExtension):
    """How the schema describes a badge key."""

    target_class = DeskAuthentication
    name = "badge key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A badge key made on the page /help-desks/.",
        }


class HasBadgeKey(BasePermission):
    """A living badge key was sent."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, BadgeKey):
            raise exceptions.NotAuthenticated(HOW)
        return True


class DeskThrottle(BaseThrottle):
    """Counts the requests of a key in a minute of the clock; without a good key, those of an address."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        key = request.auth if isinstance(request.auth, BadgeKey) else None
        who, most = (f"key:{key.pk}", key.rate) if key else (f"from:{self.get_ident(request)}", 60)
        self.seconds = WINDOW - now().timestamp() % WINDOW
        return count_one(f"desk:{who}") <= most

    def wait(self) -> float:
        return self.seconds


def count_one(name: str) -> int:
    """Add one to a counter of this minute; how many there were."""
    counter = f"{name}:{int(now().timestamp() // WINDOW)}"
    with suppress(ValueError):  # the first of this minute
        return int(cache.incr(counter))
    if cache.add(counter, 1, WINDOW * 2):
        return 1
    with suppress(ValueError):  # somebody was faster; or it ended between the two calls
        return int(cache.incr(counter))
    return 1


class DeskQuery(BadgeQuery):
    """Whose badges, and who asks."""

    agent = serializers.CharField(
        required=False,
        default="",
        max_length=100,
        allow_blank=True,
        help_text="The agent, as the help desk names them: one vote each.",
    )


class DeskVote(DeskQuery):
    """“Is this right?” of one agent about one badge."""

    segment = serializers.SlugField(max_length=80)
    right = serializers.BooleanField(allow_null=True, help_text="Null takes the vote back.")
    reason = serializers.CharField(required=False, default="", max_length=500, allow_blank=True)


class DeskView(ApiView):
    """A view behind a badge key, for browsers of allowed origins too."""

    authentication_classes = [DeskAuthentication]
    permission_classes = [HasBadgeKey]
    throttle_classes = [DeskThrottle]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.method == "OPTIONS":
            return answer_preflight(request)
        return super().dispatch(request, *args, **kwargs)

    def finalize_response(self, request: HttpRequest, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers["Vary"] = "Origin"
        origin = getattr(getattr(request, "_request", request), "desk_origin", "")
        if origin:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"
        return response

    def find(self, request: Request, query: dict[str, Any]) -> Contact | None:
        """The contact asked for; who asks for many unknown ones is stopped."""
        given = [kind for kind in ("email", "phone", "external_id") if query.get(kind)]
        if len(given) != 1:
            raise invalid({"": "Name the customer by exactly one of email, phone and external_id."})
        country = current_account().country if given[0] == "phone" else ""  # read for numbers alone
        try:
            value = normal_identifier(given[0], query[given[0]], country=country)
        except BadIdentifier as error:
            raise invalid({f"/{given[0]}": str(error)}) from error
        place = f"desk:misses:{request.auth.pk}:{BaseThrottle().get_ident(request)}"
        if (cache.get(f"{place}:{int(now().timestamp() // WINDOW)}") or 0) >= MISSES:
            raise exceptions.Throttled(wait=WINDOW)
        contact = contact_behind(given[0], value)
        if contact is None:
            count_one(place)
        return contact


def answer_preflight(request: HttpRequest) -> HttpResponse:
    """Tell a browser whether a page of this origin may ask at all, before it sends a key."""
    answer = HttpResponse(status=204)
    answer.headers["Vary"] = "Origin"
    origin = request.headers.get("Origin", "")
    if origin and is_allowed_anywhere(origin):
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Allow-Methods"] = "GET, POST"
        answer.headers["Access-Control-Allow-Headers"] = "authorization, content-type"
        answer.headers["Access-Control-Max-Age"] = "600"
    return answer


def voter_behind(key: BadgeKey, agent: str) -> str:
    """How an agent of a help desk is named in votes."""
    return f"badge key {key.pk}: {one_line(agent).casefold()[:100]}"


class DeskBadge(BadgeOut):
    """A badge as help desks see it, with the agent's own vote."""

    vote = serializers.BooleanField(allow_null=True, help_text="What this agent said; null: nothing.")
    reason = serializers.CharField(allow_blank=True)


class DeskOut(serializers.Serializer):
    """The badges of a customer; none also where nobody is known by that."""

    badges = DeskBadge(many=True)
    may_vote = serializers.BooleanField(help_text="This key lets agents vote.")
    as_of = serializers.DateTimeField()


DESK_ANSWER = {
    "badges": [{**BADGES_ANSWER["badges"][0], "vote": True, "reason": ""}],
    "may_vote": True,
    "as_of": "2026-03-15T12:00:00Z",
}
DESK_ANSWERED = OpenApiExample("One badge", value=DESK_ANSWER, response_only=True, status_codes=["200"])


class Desk(DeskView):
    """GET /badges?email=…"""

    @extend_schema(
        operation_id="desk_badges",
        tags=["Help desks"],
        summary="Read badges with a badge key",
        description="For the page of a help desk, or its server where the key allows that. Whether a customer is known "
        "is not told. Keys are made on the page /help-desks/.",
        parameters=[DeskQuery],
        responses={200: DeskOut, **ERRORS},
        examples=[DESK_ANSWERED],
    )
    def get(self, request: Request) -> Response:
        query = read_query(DeskQuery, request)
        return Response(shaped(request.auth, self.find(request, query), query["agent"]))


class DeskVotes(DeskView):
    """POST /badges/votes"""

    @extend_schema(
        operation_id="desk_vote",
        tags=["Help desks"],
        summary="Say whether a badge is right",
        description="One vote an agent, badge and version of its rule; a later one replaces it.",
        request=DeskVote,
        responses={200: DeskOut, **ERRORS},
        examples=[
            OpenApiExample(
                "Not right",
                value={
                    "email": "ada@example.com",
                    "agent": "sam@desk.example",
                    "segment": "loyal",
                    "right": False,
                    "reason": "Sent everything back.",
                },
                request_only=True,
            ),
            DESK_ANSWERED,
        ],
    )
    def post(self, request: Request) -> Response:
        key: BadgeKey = request.auth
        sent = read_body(DeskVote, request)
        if not key.votes:
            raise exceptions.PermissionDenied("This key shows badges only; votes are switched off for it.")
        contact = self.find(request, sent)
        found = (
            [] if contact is None else [one for one in open_badges(contact.pk) if one.slug == sent["segment"]]
        )
        if contact is None or not found:
            raise Http404
        voter = voter_behind(key, sent["agent"])
        try:
            if sent["right"] is None:
                voting.withdraw(segment=found[0], contact=contact, voter=voter, by=None, at=now())
            else:
                voting.vote(
                    segment=found[0],
                    contact=contact,
                    right=sent["right"],
                    reason=sent["reason"],
                    voter=voter,
                    by=None,
                    at=now(),
                )
        except voting.VoteRefused as refusal:
            raise invalid({"/reason": str(refusal)}) from refusal
        return Response(shaped(key, contact, sent["agent"]))


def shaped(key: BadgeKey, contact: Contact | None, agent: str) -> dict[str, Any]:
    """The answer of both: the badges of a contact, none where there is none."""
    at = now()
    standings = []
    if contact is not None:
        standings = desk_standings(contact, voter=voter_behind(key, agent), as_of=at)
    badges = []
    for standing in standings:
        mine = standing.tally.mine
        badge = badge_shaped(standing)
        if standing.told.placement is not None:  # who placed them and why stays in Facet
            badge["why"] = ["Placed by hand."]
        if (
            badge["since"] is not None
        ):  # as ‘until’: by the account's clock, so that the day is that of its pages
            badge["since"] = badge["since"].astimezone(standing.told.zone)
        badges.append(badge | {"vote": mine.right if mine else None, "reason": mine.reason if mine else ""})
    return {"badges": badges, "may_vote": key.votes, "as_of": at}
