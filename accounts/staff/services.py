"""Writing staff users and their roles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.staff import sessions
from accounts.staff.facts import Role
from accounts.staff.models import StaffUser
from accounts.staff.roles import PERMISSIONS
from backoffice.lib.errors import Conflict, FieldFault, Invalid, Missing, NotAllowed
from backoffice.lib.transactions import entry, step
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor, ActorKind


@step
def sync_roles() -> None:
    """Make groups and their permissions exactly what `accounts.staff.roles` says.

    Raises: LookupError when the table names a permission that does not exist.
    Effects: groups that are no role are deleted.
    """
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    Group.objects.exclude(name__in=[role.value for role in Role]).delete()
    for role, names in PERMISSIONS.items():
        absent = [name for name in names if name not in known]
        if absent:
            raise LookupError(f"role {role.value}: no such permission {', '.join(absent)}")
        group, _created = Group.objects.get_or_create(name=role.value)
        group.permissions.set([known[name] for name in names])


@step
def create_staff(
    *,
    username: str,
    password: str | None,
    role: Role,
    display_name: str,
    language: str,
    actor: Actor,
    email: str = "",
    at: dt.datetime | None = None,
) -> StaffUser:
    """Effects: user in the role's group, ledger. A step: the console's add form owns the
    transaction. Raises: Conflict when the name is taken."""
    try:
        with transaction.atomic():
            user = StaffUser.objects.create_user(
                username,
                email=email,
                password=password,
                is_staff=True,
                display_name=display_name,
                language=language,
            )
    except IntegrityError as error:
        raise Conflict(_("This user name is taken."), code="username_taken") from error
    user.groups.set([Group.objects.get(name=role.value)])
    _record(user, "staff.created", actor, detail={"roles": [role.value]}, at=at)
    return user


@step
def change_profile(
    *, user_id: int, display_name: str, email: str, language: str, actor: Actor
) -> None:
    """Raises: Missing, NotAllowed. Effects: a ledger entry naming the fields that changed."""
    user = _locked(user_id, actor)
    given = {"display_name": display_name, "email": email, "language": language}
    changed = [name for name, value in given.items() if getattr(user, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(user, name, given[name])
    user.save(update_fields=changed)
    _record(user, "staff.profile_changed", actor, detail={"fields": changed})


@entry
def set_roles(*, user_id: int, roles: Collection[Role], reason: str, actor: Actor) -> None:
    """Raises: Missing, NotAllowed (nobody changes their own roles)."""
    user = _locked(user_id, actor)
    _not_oneself(user, actor)
    before = sorted(user.groups.values_list("name", flat=True))
    after = sorted(role.value for role in roles)
    user.groups.set(Group.objects.filter(name__in=after))
    _record(user, "staff.roles_changed", actor, reason, {"from": before, "to": after})


@entry
def deactivate(*, user_id: int, reason: str, actor: Actor) -> None:
    """Raises: Missing, NotAllowed, Conflict. Effects: signed out everywhere."""
    user = _locked(user_id, actor)
    _not_oneself(user, actor)
    _set_active(user, is_active=False)
    sessions.end_all(user_id=user.pk)
    _record(user, "staff.deactivated", actor, reason)


@entry
def reactivate(*, user_id: int, reason: str, actor: Actor) -> None:
    """Raises: Missing, NotAllowed, Conflict."""
    user = _locked(user_id, actor)
    _set_active(user, is_active=True)
    _record(user, "staff.reactivated", actor, reason)


@entry
def set_password(*, user_id: int, password: str, reason: str, actor: Actor) -> None:
    """Raises: Missing, NotAllowed, Invalid. Effects: signed out everywhere."""
    user = _locked(user_id, actor)
    try:
        validate_password(password, user)
    except ValidationError as error:
        fault = FieldFault("/password", "password_weak", " ".join(error.messages))
        raise Invalid(
            _("This password is too easy to guess."), code="password_weak", faults=[fault]
        ) from error
    user.set_password(password)
    user.save(update_fields=["password"])
    sessions.end_all(user_id=user.pk)
    _record(user, "staff.password_set", actor, reason)


@entry
def reset_second_factor(*, user_id: int, reason: str, actor: Actor) -> None:
    """For a lost device. Raises: Missing, NotAllowed. Effects: signed out everywhere."""
    user = _locked(user_id, actor)
    _not_oneself(user, actor)
    Authenticator.objects.filter(user_id=user.pk).delete()
    sessions.end_all(user_id=user.pk)
    _record(user, "staff.second_factor_reset", actor, reason)


def _locked(user_id: int, actor: Actor) -> StaffUser:
    try:
        user = StaffUser.objects.select_for_update().get(pk=user_id)
    except StaffUser.DoesNotExist as error:
        raise Missing(_("There is no such staff user."), code="staff_missing") from error
    if user.is_superuser and actor.kind is ActorKind.STAFF:
        acting = StaffUser.objects.filter(pk=int(actor.id), is_superuser=True)
        if not acting.exists():
            raise NotAllowed(
                _("Only a superuser may change a superuser."), code="superuser_protected"
            )
    return user


def _not_oneself(user: StaffUser, actor: Actor) -> None:
    if actor.kind is ActorKind.STAFF and actor.id == str(user.pk):
        raise NotAllowed(_("Ask a colleague: not on your own account."), code="own_account")


def _set_active(user: StaffUser, *, is_active: bool) -> None:
    if user.is_active is is_active:
        raise Conflict(_("The account is already in that state."), code="no_change")
    user.is_active = is_active
    user.save(update_fields=["is_active"])


def _record(
    user: StaffUser,
    action: str,
    actor: Actor,
    reason: str = "",
    detail: dict[str, object] | None = None,
    at: dt.datetime | None = None,
) -> None:
    ledger.record(
        actor=actor,
        action=action,
        subject=("staff", str(user.pk)),
        reason=reason,
        detail=detail,
        at=at,
    )
