"""The OpenAPI description: what every operation shares is added here, once."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from backoffice.api.idempotency import HEADER
from backoffice.api.scopes import SCOPES
from backoffice.api.views import ApiView


class ProblemError(serializers.Serializer[object]):
    pointer = serializers.CharField(help_text="JSON pointer (RFC 6901) into what was sent")
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(serializers.Serializer[object]):
    """A problem document (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    errors = ProblemError(many=True, required=False)


class ClientCredentials(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "backoffice.api.oauth.ClientAuthentication"
    name = "oauth2"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        scopes = {name: str(text) for name, text in SCOPES.items()}
        flow = {"tokenUrl": "/identity/o/api/token", "scopes": scopes}
        return {"type": "oauth2", "flows": {"clientCredentials": flow}}


class SluiceSchema(AutoSchema):
    """Scopes, language, idempotency key and problem answers for every operation."""

    def get_auth(self) -> list[dict[str, list[str]]]:
        scope = getattr(self.view, "required_scopes", {}).get(self.method)
        return [{"oauth2": [scope]}] if scope else []

    def get_override_parameters(self) -> list[Any]:
        found = [
            OpenApiParameter(
                "Accept-Language", str, OpenApiParameter.HEADER, enum=["zh-hans", "en"]
            )
        ]
        if self.method == "POST" and getattr(self.view, "is_create", True):
            found.append(
                OpenApiParameter(
                    HEADER,
                    {"type": "string", "minLength": 1, "maxLength": 255},
                    OpenApiParameter.HEADER,
                    required=True,
                )  # fmt: skip
            )
        return found

    def _get_response_bodies(self, direction: str = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        if isinstance(self.view, ApiView):
            statuses = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "503"]
            reference = self.resolve_serializer(Problem(), "response").ref
            content = {"application/problem+json": {"schema": reference}}
            for status in statuses:
                bodies.setdefault(status, {"description": "", "content": content})
        return bodies
