"""Every address of the product."""

from allauth.account import views as account
from django.urls import URLPattern, URLResolver, include, path

from config import health, home
from config.operations import pages as operations
from crm.pages import signin

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("operations/", operations.operations, name="operations"),
    path("operations/runs.csv", operations.operations_runs_csv, name="operations_runs_csv"),
    path("operations/runs/<int:pk>/", operations.operations_run, name="operations_run"),
    path("operations/ask/<slug:what>/", operations.operations_ask, name="operations_ask"),
    path("sign-in/", signin.sign_in, name="account_login"),
    path("sign-in/closed/", signin.shut_out, name="account_inactive"),
    path("sign-out/", account.logout, name="account_logout"),
    path("password/", account.password_change, name="account_change_password"),
    path("password/first/", account.password_set, name="account_set_password"),
    path("api/", include("config.api_urls")),
    path("", include("crm.pages.urls")),
    path("", include("segments.pages.insight.urls")),
    path("", include("segments.pages.membership.urls")),
    path("", include("segments.pages.urls")),
    path("", include("campaigns.pages.urls")),
]
