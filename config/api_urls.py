"""The addresses below /api/v1/, each storey's own put together, and an answer of the same shape for all others."""

from django.urls import include, path, re_path

from config.api_guide import api_guide
from config.api_schema import Schema
from config.operations.api import Operations
from crm.api.view import NothingHere

urlpatterns = [
    path("", api_guide, name="api_guide"),
    path("v1/", include("crm.api.urls")),
    path("v1/", include("segments.api.urls")),
    path("v1/operations", Operations.as_view(), name="api_operations"),
    path("v1/schema/", Schema.as_view(), name="api_schema"),
    re_path(r"^.+$", NothingHere.as_view()),
]
