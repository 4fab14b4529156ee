"""How much one token may ask for in a minute."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle

from crm.kit.clock import now
from crm.models import ApiToken

if TYPE_CHECKING:  # the framework's views import this module
    from rest_framework.views import APIView

log = logging.getLogger(__name__)
WINDOW = 60


class TokenThrottle(BaseThrottle):
    """Counts requests of a token, or of an address without one, in minutes of the clock.

    One counter a minute, not a list of instants, so that a busy token costs the same as a quiet one.
    """

    def allow_request(self, request: Request, view: APIView) -> bool:
        if isinstance(request.auth, ApiToken):
            rate, who = "token", request.auth.prefix
        else:
            rate, who = "anonymous", self.get_ident(request)
        allowed = int(str(api_settings.DEFAULT_THROTTLE_RATES[rate]).partition("/")[0])
        second = now().timestamp()
        key = f"api:{rate}:{who}:{int(second // WINDOW)}"
        self.remaining_seconds = WINDOW - second % WINDOW
        try:
            if cache.add(key, 1, WINDOW * 2):
                return allowed >= 1
            return bool(cache.incr(key) <= allowed)
        except ValueError:  # the counter ended between the two calls
            return True
        except (
            Exception
        ) as error:  # whatever keeps the cache: a change must not be lost because nobody counts
            log.warning("Requests are not counted while the cache is away: %s", error)
            return True

    def wait(self) -> float:
        return self.remaining_seconds
