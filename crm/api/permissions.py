"""May this token do this: its scope, and the role its owner has now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from crm.api.authentication import HOW
from crm.domain.scopes import SCOPES
from crm.models import ApiToken

if TYPE_CHECKING:  # the framework's views import this module
    from rest_framework.views import APIView


class HasScope(BasePermission):
    """Each view names in `scopes` the scope of each method; what is not named is closed."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, ApiToken):
            raise NotAuthenticated(f"This needs a token. {HOW}")
        method = "GET" if request.method == "HEAD" else str(request.method)
        if method.lower() not in view.http_method_names or not hasattr(view, method.lower()):
            return True  # 405 follows
        scope = getattr(view, "scopes", {}).get(method)
        if scope is None:
            return False
        if scope not in request.auth.scopes:
            self.message = f"This token lacks the scope ‘{scope}’. Make one that has it on the API page."
            return False
        if not request.user.may(SCOPES[scope].permission):
            self.message = (
                f"The role of the token's owner does not allow this: {SCOPES[scope].words.lower()}."
            )
            return False
        return True
