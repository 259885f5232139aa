"""docs/openapi.yaml is what is served, is valid, and is complete."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator, FormatChecker

from backoffice.api.schema import description
from backoffice.api.scopes import SCOPES

COMMITTED = Path("docs/openapi.yaml")
REGENERATE = (
    "docs/openapi.yaml is not what is served. Run\n"
    "  SLUICE_MODE=demo .venv/bin/python manage.py spectacular --lang en --file docs/openapi.yaml\n"
    "and look at the difference: callers depend on it."
)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return yaml.safe_load(COMMITTED.read_text())  # type: ignore[no-any-return]


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_committed_description_is_what_is_served(language: str) -> None:
    description.cache_clear()
    served = Client().get("/api/v1/schema", headers={"accept-language": language})
    assert served["Content-Type"] == "application/vnd.oai.openapi; charset=utf-8"
    assert served.content == COMMITTED.read_bytes(), REGENERATE


def test_it_is_served_as_json_too(document: dict[str, Any]) -> None:
    served = Client().get("/api/v1/schema", headers={"accept": "application/vnd.oai.openapi+json"})
    assert served.json() == document


def test_it_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    validate_schema(document)


def test_every_schema_is_json_schema_2020_12(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert name not in ("", None)


def test_every_operation_says_what_it_does_under_a_name_of_its_own(
    document: dict[str, Any],
) -> None:
    found = list(operations(document))
    assert len(found) == 32
    names = [operation["operationId"] for _path, _method, operation in found]
    assert len(set(names)) == len(names)
    for path, method, operation in found:
        assert operation.get("summary"), f"{method} {path} has no docstring"
        known = {tag["name"] for tag in document["tags"]}
        assert set(operation["tags"]) <= known, f"{method} {path}: describe the tag in answers.py"


def test_every_operation_names_its_scope_and_every_scope_is_used(document: dict[str, Any]) -> None:
    used = set()
    for path, method, operation in operations(document):
        if path == "/api/v1/health":
            assert operation.get("security", [{}]) in ([], [{}])
            continue
        [[scope]] = [list(one["oauth2"]) for one in operation["security"]]
        used.add(scope)
        assert scope in SCOPES, (path, method)
    assert used == set(SCOPES)
    flow = document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    assert set(flow["scopes"]) == set(SCOPES)
    assert flow["tokenUrl"] == "/identity/o/api/token"


def test_refusals_are_documented_where_they_can_happen_and_only_there(
    document: dict[str, Any],
) -> None:
    for path, method, operation in operations(document):
        if path == "/api/v1/health":
            assert set(operation["responses"]) == {"200", "503"}
            continue
        refusals = {status for status in operation["responses"] if status >= "400"}
        wanted = {"401", "403", "406", "503"}
        is_list = any(one["name"] == "cursor" for one in operation["parameters"])
        is_create = any(one["name"] == "Idempotency-Key" for one in operation["parameters"])
        if "{" in path or operation["operationId"] == "decisions_create":
            wanted.add("404")
        if is_list or method == "post":
            wanted.add("400")
        if method == "post":
            wanted |= {"413", "415", "422"}
        if is_create:
            wanted.add("409")
        assert refusals == wanted, (method, path)
        has_a_key_of_its_own = operation["operationId"] in ("notices_read", "events_report")
        assert is_create == (method == "post" and not has_a_key_of_its_own)


def bodies(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every media type described, by where it stands."""
    for path, method, operation in operations(document):
        for media in operation.get("requestBody", {}).get("content", {}).values():
            yield f"{method} {path}", media
        for status, answer in operation["responses"].items():
            for media in answer.get("content", {}).values():
                yield f"{method} {path} {status}", media
    for name, answer in document["components"]["responses"].items():
        for media in answer["content"].values():
            yield name, media


def test_every_body_has_an_example_that_fits_its_schema(document: dict[str, Any]) -> None:
    for place, media in bodies(document):
        values = [one["value"] for one in media.get("examples", {}).values()]
        values += [media["example"]] if "example" in media else []
        assert values, f"{place} has no example"
        schema = {**media["schema"], "components": document["components"]}
        checker = Draft202012Validator(schema, format_checker=FormatChecker())
        for value in values:
            errors = [
                f"{place} {error.json_path}: {error.message}"
                for error in checker.iter_errors(value)
            ]
            assert errors == []


def test_requests_allow_no_fields_but_their_own(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    requests = [name for name in schemas if name.endswith("Request")]
    assert len(requests) == 9
    for name in [*requests, "SignalValues", "EventItem"]:
        assert schemas[name]["additionalProperties"] is False, name
