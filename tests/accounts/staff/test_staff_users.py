"""Making, changing and shutting out staff users through the console."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.staff import services
from accounts.staff.facts import Role
from accounts.staff.models import StaffSession, StaffUser
from backoffice.lib.errors import Conflict, NotAllowed
from compliance.ledger.facts import staff, system
from compliance.ledger.models import LedgerEntry
from tests.accounts.staff.conftest import PASSWORD, sign_in

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/staffuser/"


@pytest.fixture
def chief(person, client: Client) -> StaffUser:
    user = person("chief", Role.ADMINISTRATOR)
    client.force_login(user)
    client.get("/admin/")
    return user


def ask(client: Client, user: StaffUser, verb: str, **given: object):
    given = {"_form_submitted": "True", "reason": "left the company", **given}
    return client.post(f"{LIST}{user.pk}/{verb}/", given)


def written(user: StaffUser) -> list[tuple[str, str, str]]:
    rows = LedgerEntry.objects.filter(subject_kind="staff", subject_id=str(user.pk))
    return list(rows.order_by("id").values_list("action", "actor_id", "reason"))


def test_an_administrator_makes_a_colleague_who_can_sign_in(client: Client, chief) -> None:
    given = {
        "username": "li", "display_name": "Li Na", "email": "", "language": "en",
        "role": Role.SUPPORT_AGENT.value, "password": PASSWORD,
    }  # fmt: skip
    assert client.post(f"{LIST}add/", given).status_code == 302
    li = StaffUser.objects.get(username="li")
    assert (li.is_staff, li.is_superuser, li.language) == (True, False, "en")
    assert [group.name for group in li.groups.all()] == ["support agent"]
    assert written(li) == [("staff.created", str(chief.pk), "")]
    browser = Client()
    sign_in(browser, "li")
    assert browser.get("/admin/").status_code == 200


def test_a_weak_first_password_or_a_taken_name_makes_nobody(client: Client, chief, person) -> None:
    person("li")
    given = {"username": "li", "language": "en", "role": "auditor", "password": "12345"}
    answer = client.post(f"{LIST}add/", given)
    assert set(answer.context["adminform"].form.errors) == {"username", "password"}
    assert StaffUser.objects.count() == 2


def test_deactivating_asks_why_and_signs_out_everywhere(client: Client, chief, person) -> None:
    li, browser = person("li"), Client()
    sign_in(browser, "li")
    browser.get("/admin/")

    answer = ask(client, li, "deactivate")
    assert answer["HX-Redirect"] == f"{LIST}{li.pk}/change/"
    li.refresh_from_db()
    assert not li.is_active
    assert not StaffSession.objects.filter(user=li).exists()
    assert browser.get("/admin/").status_code == 302
    assert written(li)[-1] == ("staff.deactivated", str(chief.pk), "left the company")


@pytest.mark.parametrize("verb", ["deactivate", "set_roles", "set_password", "reset_second_factor"])
@pytest.mark.parametrize("reason", ["", "   "])
def test_without_a_reason_nothing_happens(
    client: Client, chief, person, verb: str, reason: str
) -> None:
    li = person("li")
    before = (li.password, li.is_active, LedgerEntry.objects.count())
    answer = ask(client, li, verb, reason=reason, password=PASSWORD, roles=["auditor"])
    assert answer.status_code == 200
    assert "HX-Redirect" not in answer
    li.refresh_from_db()
    assert (li.password, li.is_active, LedgerEntry.objects.count()) == before
    assert [group.name for group in li.groups.all()] == ["risk analyst"]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_other_roles_may_not_touch_colleagues(client: Client, person, role: Role) -> None:
    li = person("li")
    client.force_login(person("wang", role))
    client.get("/admin/")
    before = LedgerEntry.objects.count()
    for verb in ("deactivate", "set_roles", "set_password", "reset_second_factor"):
        assert ask(client, li, verb, password=PASSWORD, roles=["auditor"]).status_code == 403
    assert client.post(f"{LIST}add/", {"username": "eve"}).status_code == 403
    li.refresh_from_db()
    assert li.is_active
    assert [group.name for group in li.groups.all()] == ["risk analyst"]
    assert LedgerEntry.objects.count() == before


def test_opening_the_dialog_changes_nothing(client: Client, chief, person) -> None:
    li = person("li")
    answer = client.get(f"{LIST}{li.pk}/deactivate/")
    assert answer.status_code == 200
    assert "blast-radius" in answer.content.decode()
    li.refresh_from_db()
    assert li.is_active
    assert written(li) == []


def test_nobody_gives_themselves_roles(client: Client, chief) -> None:
    ask(client, chief, "set_roles", roles=["policy approver"])
    assert [group.name for group in chief.groups.all()] == ["administrator"]
    assert "staff.roles_changed" not in [row[0] for row in written(chief)]


def test_an_administrator_cannot_take_over_a_superuser(client: Client, chief) -> None:
    root = StaffUser.objects.create_superuser("root", password=PASSWORD)
    with pytest.raises(NotAllowed):
        services.set_password(
            user_id=root.pk, password="another-word-11", reason="x", actor=staff(chief.pk)
        )
    root.refresh_from_db()
    assert root.check_password(PASSWORD)
    answer = client.post(f"{LIST}{root.pk}/change/", {"display_name": "me", "language": "en"})
    assert answer.status_code == 403
    assert written(root) == []


def test_a_profile_edit_names_the_fields_and_leaves_roles_alone(client: Client, chief, person):
    li = person("li")
    given = {"display_name": "Li Na", "language": "en", "email": "", "is_superuser": "on"}
    assert client.post(f"{LIST}{li.pk}/change/", given).status_code == 302
    li.refresh_from_db()
    assert (li.display_name, li.language, li.is_superuser) == ("Li Na", "en", False)
    entry = LedgerEntry.objects.get(action="staff.profile_changed")
    assert entry.detail == {"fields": ["display_name", "language"]}


def test_a_second_deactivation_is_refused_and_not_recorded(person) -> None:
    li, actor = person("li"), system("test")
    services.deactivate(user_id=li.pk, reason="left", actor=actor)
    with pytest.raises(Conflict):
        services.deactivate(user_id=li.pk, reason="left", actor=actor)
    assert [row[0] for row in written(li)] == ["staff.deactivated"]


def test_the_list_asks_the_same_number_of_queries_for_two_people_and_for_twelve(
    client: Client, chief, person, django_assert_num_queries
) -> None:
    def queries() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            client.get(LIST)
        return len(captured)

    few = queries()
    for number in range(10):
        person(f"p{number}")
    assert queries() == few
