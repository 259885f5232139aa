"""The OpenAPI description: what every operation shares is added here, once."""

from __future__ import annotations

import inspect
from functools import lru_cache
from typing import Any, Literal

from django.utils import translation
from django_filters import BooleanFilter, ChoiceFilter, Filter, IsoDateTimeFilter, NumberFilter
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backoffice.api import schema_fields  # noqa: F401  (registers itself)
from backoffice.api.answers import header, problem_response
from backoffice.api.filtering import PublicIdFilter
from backoffice.api.idempotency import HEADER
from backoffice.api.scopes import SCOPES
from backoffice.api.views import ApiView, PublicView


class ProblemError(serializers.Serializer[object]):
    pointer = serializers.CharField(help_text="JSON pointer (RFC 6901) into what was sent")
    code = serializers.CharField(help_text="stable, for machines")
    detail = serializers.CharField(help_text="in the caller's language, for people")


class Problem(serializers.Serializer[object]):
    """A problem document (RFC 9457); `code` is the last part of `type`."""

    type = serializers.CharField()
    title = serializers.CharField(help_text="in the caller's language, for people")
    status = serializers.IntegerField()
    code = serializers.CharField(help_text="stable, for machines")
    errors = ProblemError(many=True, required=False)  # type: ignore[assignment]


class ClientCredentials(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "backoffice.api.oauth.ClientAuthentication"
    name = "oauth2"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        scopes = {name: str(text) for name, text in SCOPES.items()}
        flow = {"tokenUrl": "/identity/o/api/token", "scopes": scopes}
        return {"type": "oauth2", "flows": {"clientCredentials": flow}}


_SAID = {"200": "As asked.", "201": "Written.", "202": "Queued.", "503": "Not fit to answer."}


class SluiceSchema(AutoSchema):
    """Scopes, language, idempotency key, filters and problem answers for every operation."""

    def get_summary(self) -> str | None:
        return self._words()[0].rstrip(".").replace("`", "") or None

    def get_description(self) -> str:  # type: ignore[override]
        """The method's own words: those of the view are for its readers, not its callers."""
        return self._words()[1]

    def _words(self) -> tuple[str, str]:
        method = getattr(self.view, self.method.lower(), None)
        text = inspect.cleandoc(method.__doc__) if method and method.__doc__ else ""
        first, _blank, rest = text.partition("\n\n")
        return " ".join(first.split()), rest

    def get_tags(self) -> list[str]:
        """By what is asked about: a customer's notices are under notices."""
        named = [part for part in self._tokenize_path() if not part.startswith("{")]
        return [named[1] if named[0] == "customers" and len(named) > 1 else named[0]]

    def get_auth(self) -> list[dict[str, list[str]]]:
        super().get_auth()  # puts the scheme among the components
        scope = getattr(self.view, "required_scopes", {}).get(self.method)
        return [{"oauth2": [scope]}] if scope else []

    def get_override_parameters(self) -> list[Any]:
        if not isinstance(self.view, ApiView):
            return []
        language = {"type": "string", "default": "zh-hans", "examples": ["zh-hans", "en"]}
        found = [_header("Accept-Language", language)]
        if self._is_create():
            key = {"type": "string", "pattern": "^[!-~]{1,255}$", "examples": ["app-2026-000017"]}
            found.append(_header(HEADER, key, is_required=True))
        if self.method == "GET" and self._is_list_view():
            found += [
                OpenApiParameter(name, _filter_schema(filter_), OpenApiParameter.QUERY)
                for name, filter_ in self.view.filters.base_filters.items()
            ]
        return found

    def _is_create(self) -> bool:
        return self.method == "POST" and isinstance(self.view, ApiView) and self.view.is_create

    def _get_response_bodies(self, direction: Literal["request", "response"] = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        for status, body in bodies.items():
            body["description"] = body["description"] or _SAID[status]
            body["headers"] = {"X-Request-ID": header("X-Request-ID")}
            if self._is_create() and status.startswith("2"):
                body["headers"]["Idempotency-Replayed"] = header("Idempotency-Replayed")
        self.resolve_serializer(Problem(), "response")
        for status in sorted(self._problems()):
            bodies.setdefault(status, problem_response(status))
        return bodies

    def _problems(self) -> set[str]:
        """The statuses this operation can really refuse with."""
        if not isinstance(self.view, ApiView):
            return set()
        found = {"401", "403", "406", "503"}
        if "{" in self.path or (self.method == "POST" and self.view.names_others):
            found.add("404")
        if self.method == "GET":
            return found | ({"400"} if self._is_list_view() else set())
        return found | {"400", "413", "415", "422"} | ({"409"} if self._is_create() else set())


def _header(name: str, schema: dict[str, Any], *, is_required: bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, schema, OpenApiParameter.HEADER, required=is_required)


def _filter_schema(filter_: Filter) -> dict[str, Any]:
    if isinstance(filter_, PublicIdFilter):
        return {"type": "string", "pattern": f"^{filter_.prefix}_[a-z2-7]{{26}}$"}
    if isinstance(filter_, ChoiceFilter):
        return {"type": "string", "enum": [value for value, _label in filter_.extra["choices"]]}
    if isinstance(filter_, BooleanFilter):
        return {"type": "boolean"}
    if isinstance(filter_, NumberFilter):
        return {"type": "integer"}
    if isinstance(filter_, IsoDateTimeFilter):
        return {"type": "string", "format": "date-time"}
    length = {"maxLength": filter_.extra["max_length"]} if "max_length" in filter_.extra else {}
    return {"type": "string", "minLength": 1, **length}


@lru_cache(maxsize=1)
def description() -> dict[str, Any]:
    """The whole description, in English, made once a process."""
    with translation.override("en"):
        generator = SchemaGenerator()  # type: ignore[no-untyped-call]
        return dict(generator.get_schema(request=None, public=True))  # type: ignore[no-untyped-call]


class DescriptionView(PublicView):
    """As committed in docs/openapi.yaml; JSON with Accept: application/vnd.oai.openapi+json."""

    renderer_classes = (OpenApiYamlRenderer, OpenApiJsonRenderer)

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response(description())
