"""How the login library behaves here: no sign-up, sealed secrets, logins on the record."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest

from accounts.staff.facts import SECOND_FACTOR_CONTEXT
from accounts.staff.models import StaffUser
from backoffice.lib import crypto
from compliance.ledger import services as ledger
from compliance.ledger.facts import Actor, staff, system

_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class StaffAccountAdapter(DefaultAccountAdapter):
    """Staff users are created by an administrator; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(self, request: HttpRequest, user: StaffUser, **options: Any) -> Any:
        _record("staff.logged_in", user.pk, staff(user.pk))
        return super().post_login(request, user, **options)

    def logout(self, request: HttpRequest) -> None:
        user_id = request.user.pk
        super().logout(request)
        if user_id is not None:
            _record("staff.logged_out", user_id, staff(user_id))

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """The typed name is not kept: people type passwords into it."""
        name = str(credentials.get("username", ""))[:150].replace("\0", "")
        found = StaffUser.objects.filter(username=name).values_list("pk", flat=True).first()
        _record("staff.login_failed", found or "unknown", system("staff"))
        super().authentication_failed(request, **credentials)

    def send_notification_mail(self, template_prefix: str, user: StaffUser, **given: Any) -> None:
        """The library calls this after every change of a second factor, once it is committed."""
        room, _email, change = template_prefix.split("/")
        if room == "mfa":
            detail = {"change": change}
            _record("staff.second_factor_changed", user.pk, staff(user.pk), detail)
        super().send_notification_mail(template_prefix, user, **given)


class StaffMfaAdapter(DefaultMFAAdapter):
    """Secrets of the second factor are sealed like personal data."""

    def encrypt(self, text: str) -> str:
        return crypto.seal(text, context=SECOND_FACTOR_CONTEXT).hex()

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.unseal(bytes.fromhex(encrypted_text), context=SECOND_FACTOR_CONTEXT)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Where a second factor is demanded, the last one stays."""
        if not settings.REQUIRE_SECOND_FACTOR or authenticator.type not in _FACTORS:
            return True
        others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=_FACTORS)
        return bool(others.exclude(pk=authenticator.pk).exists())


def _record(
    action: str, user_id: int | str, actor: Actor, detail: dict[str, str] | None = None
) -> None:
    ledger.record(actor=actor, action=action, subject=("staff", str(user_id)), detail=detail)
