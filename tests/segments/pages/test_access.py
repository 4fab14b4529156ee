"""Who may open which page of the segments."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from crm.domain.roles import Role
from segments.models import Segment

READ = (
    "/segments/",
    "/segments/export.csv",
    "/segments/germans/",
    "/segments/germans/members/",
    "/segments/germans/log/",
    "/segments/germans/sizes.csv",
    "/segments/germans/versions/",
)
EDIT = (
    "/segments/new/",
    "/segments/new/list/",
    "/segments/values/?attribute=country",
    "/segments/germans/edit/",
    "/segments/germans/snapshot/",
    "/segments/germans/settings/",
)
POST = (
    "/segments/preview/",
    "/segments/draft/compare/",
    "/segments/germans/edit/",
    "/segments/germans/rehearse/",
    "/segments/germans/archive/",
    "/segments/germans/restore/",
    "/segments/germans/versions/1/rehearsal/",
    "/segments/germans/people/add/",
    "/segments/germans/people/remove/",
)


@pytest.mark.parametrize("address", [*READ, *EDIT, *POST, "/segments/germans/members.csv"])
def test_a_stranger_is_asked_to_sign_in(client: Client, germans: Segment, address: str) -> None:
    answer = client.post(address) if address in POST else client.get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("address", READ)
def test_everyone_may_read(
    signed_in: Callable[..., Client], germans: Segment, role: Role, address: str
) -> None:
    assert signed_in(role).get(address).status_code == 200


@pytest.mark.parametrize("role", [Role.SERVICE, Role.MANAGER])
@pytest.mark.parametrize("address", EDIT)
def test_service_and_manager_may_not_edit(
    signed_in: Callable[..., Client], germans: Segment, role: Role, address: str
) -> None:
    assert signed_in(role).get(address).status_code == 403


@pytest.mark.parametrize("address", EDIT)
def test_a_marketer_may_edit(signed_in: Callable[..., Client], germans: Segment, address: str) -> None:
    assert signed_in("marketer").get(address).status_code == 200


@pytest.mark.parametrize("role", [Role.SERVICE, Role.MANAGER])
@pytest.mark.parametrize("address", POST)
def test_service_and_manager_change_nothing(
    signed_in: Callable[..., Client], germans: Segment, role: Role, address: str
) -> None:
    assert signed_in(role).post(address).status_code == 403


@pytest.mark.parametrize(("role", "status"), [(Role.SERVICE, 403), (Role.MANAGER, 200), (Role.MARKETER, 200)])
def test_members_leave_as_a_file_only_with_the_right_to_export(
    signed_in: Callable[..., Client], germans: Segment, role: Role, status: int
) -> None:
    assert signed_in(role).get("/segments/germans/members.csv").status_code == status
