"""The OpenAPI description: what every operation shares is added here, once."""

from __future__ import annotations

import inspect
from typing import Any, Literal

from django_filters import BooleanFilter, ChoiceFilter, Filter, IsoDateTimeFilter, NumberFilter
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
    """A problem document (RFC 9457); `code` is the last part of `type`."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    errors = ProblemError(many=True, required=False)  # type: ignore[assignment]


class ClientCredentials(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "backoffice.api.oauth.ClientAuthentication"
    name = "oauth2"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        scopes = {name: str(text) for name, text in SCOPES.items()}
        flow = {"tokenUrl": "/identity/o/api/token", "scopes": scopes}
        return {"type": "oauth2", "flows": {"clientCredentials": flow}}


class SluiceSchema(AutoSchema):
    """Scopes, language, idempotency key, filters and problem answers for every operation."""

    def get_description(self) -> str:  # type: ignore[override]
        """The method's own words: those of the view are for its readers, not its callers."""
        method = getattr(self.view, self.method.lower(), None)
        return inspect.cleandoc(method.__doc__) if method and method.__doc__ else ""

    def get_auth(self) -> list[dict[str, list[str]]]:
        scope = getattr(self.view, "required_scopes", {}).get(self.method)
        return [{"oauth2": [scope]}] if scope else []

    def get_override_parameters(self) -> list[Any]:
        if not isinstance(self.view, ApiView):
            return []
        language = {"type": "string", "default": "zh-hans", "examples": ["zh-hans", "en"]}
        found = [_header("Accept-Language", language)]
        if self.method == "POST" and self.view.is_create:
            key = {"type": "string", "pattern": "^[!-~]{1,255}$"}
            found.append(_header(HEADER, key, is_required=True))
        if self.method == "GET" and self._is_list_view():
            found += [
                OpenApiParameter(name, _filter_schema(filter_), OpenApiParameter.QUERY)
                for name, filter_ in self.view.filters.base_filters.items()
            ]
        return found

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        if isinstance(self.view, ApiView):
            self.resolve_serializer(Problem(), "response")
            reads = ["400", "401", "403", "404", "406", "503"]
            writes = ["409", "413", "415", "422"] if self.method != "GET" else []
            for status in sorted([*reads, *writes]):
                bodies.setdefault(status, {"$ref": "#/components/responses/Problem"})
        return bodies


def _header(name: str, schema: dict[str, Any], *, is_required: bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, schema, OpenApiParameter.HEADER, required=is_required)


def _filter_schema(filter_: Filter) -> dict[str, Any]:
    if isinstance(filter_, ChoiceFilter):
        return {"type": "string", "enum": [value for value, _label in filter_.extra["choices"]]}
    if isinstance(filter_, BooleanFilter):
        return {"type": "boolean"}
    if isinstance(filter_, NumberFilter):
        return {"type": "integer"}
    if isinstance(filter_, IsoDateTimeFilter):
        return {"type": "string", "format": "date-time"}
    length = {"maxLength": filter_.extra["max_length"]} if "max_length" in filter_.extra else {}
    return {"type": "string", **length}
