"""How the login library behaves here: no sign-up, sealed secrets, logins on the record."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from accounts.staff.models import StaffUser
from backoffice.lib import crypto
from compliance.ledger import services as ledger
from compliance.ledger.facts import staff

_CONTEXT = "staff.second_factor"


class StaffAccountAdapter(DefaultAccountAdapter):
    """Staff users are created by an administrator; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(self, request: HttpRequest, user: StaffUser, **options: Any) -> Any:
        ledger.record(
            actor=staff(user.pk), action="staff.logged_in", subject=("staff", str(user.pk))
        )
        return super().post_login(request, user, **options)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """The typed name is not kept: people type passwords into it."""
        name = str(credentials.get("username", ""))[:150]
        found = StaffUser.objects.filter(username=name).values_list("pk", flat=True).first()
        if found is not None:
            ledger.record(
                actor=staff(found), action="staff.login_failed", subject=("staff", str(found))
            )
        super().authentication_failed(request, **credentials)


class StaffMfaAdapter(DefaultMFAAdapter):
    """Secrets of the second factor are sealed like personal data."""

    def encrypt(self, text: str) -> str:
        return crypto.seal(text, context=_CONTEXT).hex()

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.unseal(bytes.fromhex(encrypted_text), context=_CONTEXT)
