"""Writing staff users and their roles."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.staff.facts import Role
from accounts.staff.models import StaffUser
from accounts.staff.roles import PERMISSIONS
from backoffice.lib.errors import Conflict
from backoffice.lib.transactions import entry, step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor


@step
def sync_roles() -> None:
    """Make groups and their permissions exactly what `accounts.staff.roles` says.

    Raises: LookupError when the table names a permission that does not exist.
    """
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for role, names in PERMISSIONS.items():
        absent = [name for name in names if name not in known]
        if absent:
            raise LookupError(f"role {role.value}: no such permission {', '.join(absent)}")
        group, _created = Group.objects.get_or_create(name=role.value)
        group.permissions.set([known[name] for name in names])


@entry
def create_staff(
    *,
    username: str,
    password: str | None,
    role: Role,
    display_name: str,
    language: str,
    actor: Actor,
) -> StaffUser:
    """Effects: user in the role's group, ledger. Raises: Conflict when the name is taken."""
    try:
        with transaction.atomic():
            user = StaffUser.objects.create_user(
                username,
                password=password,
                is_staff=True,
                display_name=display_name,
                language=language,
            )
    except IntegrityError as error:
        raise Conflict(_("This user name is taken."), code="username_taken") from error
    user.groups.set([Group.objects.get(name=role.value)])
    ledger.record(
        actor=actor, action="staff.created", subject=("staff", str(user.pk)),
        detail={"role": role.value},
    )  # fmt: skip
    return user


@step
def record_roles(*, user: StaffUser, before: Sequence[str], actor: Actor) -> None:
    """Effects: a ledger entry when the user's roles are not what they were."""
    after = sorted(user.groups.values_list("name", flat=True))
    if sorted(before) != after:
        ledger.record(
            actor=actor, action="staff.roles_changed", subject=("staff", str(user.pk)),
            detail={"from": sorted(before), "to": after},
        )  # fmt: skip
