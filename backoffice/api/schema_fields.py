"""How our strict request fields are described: exactly what they take, so that a client generated
from the description, or a fuzzer, agrees with the server about what is right.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import force_instance
from rest_framework import serializers

from backoffice.api import fields

# No control characters, and something besides blanks (ECMA-262, without lookarounds).
_TEXT = r"^[^\u0000-\u001f\u007f]*[^\s\u0000-\u001f\u007f][^\u0000-\u001f\u007f]*$"
_DECIMAL = r"^-?[0-9]{1,40}(\.[0-9]{1,40})?$"


class StrictObject(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]
    target_class = fields.StrictSerializer
    match_subclasses = True

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        schema = auto_schema._map_serializer(  # type: ignore[no-untyped-call]
            self.target, direction, bypass_extensions=True
        )
        kind = type(force_instance(self.target))  # type: ignore[no-untyped-call]
        if kind.__dict__.get("__doc__") is None:  # the base's words are for its readers
            schema.pop("description", None)
        return {**schema, "additionalProperties": False}


class TextField(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = fields.Text
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        field: fields.Text = self.target
        if isinstance(field, fields.PublicId):
            return {"type": "string", "pattern": f"^{field.prefix}_[a-z2-7]{{26}}$"}
        schema: dict[str, Any] = {"type": "string"}
        if field.max_length:
            schema["maxLength"] = field.max_length
        if not field.allow_blank:
            schema |= {"minLength": 1, "pattern": getattr(field, "pattern", None) or _TEXT}
        return schema


class ExactField(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = fields.Exact

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        field: serializers.DecimalField = self.target
        places = field.decimal_places or 0
        number: dict[str, Any] = {"type": "number" if places else "integer"}
        if field.min_value is not None:
            number["minimum"] = int(field.min_value)
        if field.max_value is not None:
            number["maximum"] = int(field.max_value)
        return {"oneOf": [number, {"type": "string", "pattern": _DECIMAL}]}


class MomentField(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = fields.Moment

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


class DayField(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = fields.Day

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        return {"type": "string", "format": "date"}
