"""Roles are exactly the table in the code."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission

from accounts.staff import services
from accounts.staff.facts import Role
from accounts.staff.roles import PERMISSIONS

pytestmark = pytest.mark.django_db


def held(role: Role) -> set[str]:
    rows = Group.objects.get(name=role.value).permissions.select_related("content_type")
    return {f"{row.content_type.app_label}.{row.codename}" for row in rows}


@pytest.mark.parametrize("role", list(Role))
def test_a_migrated_database_holds_the_table_and_nothing_else(role: Role) -> None:
    assert held(role) == set(PERMISSIONS[role])


def test_there_are_six_groups() -> None:
    names = Group.objects.values_list("name", flat=True)
    assert sorted(names) == sorted(role.value for role in Role)


def test_what_was_added_by_hand_goes_away_and_what_was_taken_comes_back() -> None:
    auditor = Group.objects.get(name=Role.AUDITOR.value)
    auditor.permissions.set([Permission.objects.get(codename="publish_policyversion")])
    Group.objects.create(name="backdoor")

    services.sync_roles()

    assert held(Role.AUDITOR) == set(PERMISSIONS[Role.AUDITOR])
    assert not Group.objects.filter(name="backdoor").exists()


def test_the_auditor_can_only_look() -> None:
    verbs = {name.split(".")[1].split("_")[0] for name in held(Role.AUDITOR)}
    assert verbs == {"view"}


def test_the_auditor_can_look_at_every_screen_there_is() -> None:
    screens = {
        f"{model._meta.app_label}.view_{model._meta.model_name}" for model in admin.site._registry
    }
    assert screens - held(Role.AUDITOR) == set()


def test_the_administrator_has_no_say_in_policies() -> None:
    assert not {name for name in held(Role.ADMINISTRATOR) if "policyversion" in name}


def test_nobody_both_writes_and_approves_policies() -> None:
    for role in Role:
        assert not {"risk.submit_policyversion", "risk.approve_policyversion"} <= held(role)


def test_every_permission_our_models_declare_is_given_to_some_role() -> None:
    ours = ("backoffice", "compliance", "accounts", "risk")
    declared = {
        f"{model._meta.app_label}.{codename}"
        for label in ours
        for model in apps.get_app_config(label).get_models()
        for codename, _name in model._meta.permissions
    }
    assert declared - set().union(*(set(names) for names in PERMISSIONS.values())) == set()


def test_every_action_in_the_console_asks_a_permission_some_role_has() -> None:
    given = set().union(*(set(names) for names in PERMISSIONS.values()))
    for screen in admin.site._registry.values():
        if not hasattr(screen, "_get_base_actions_detail"):
            continue
        for action in (*screen._get_base_actions_detail(), *screen._get_base_actions_list()):
            asked = set(getattr(action.method, "allowed_permissions", ()))
            assert asked, f"{screen}: {action.action_name} asks no permission"
            assert asked <= given
