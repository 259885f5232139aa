"""What every operation may answer besides its own, for the OpenAPI description.

Plain data: the settings hand it to the generator.
"""

from __future__ import annotations

from typing import Any

# Why a status is answered, and an example of its `code` and `title`.
PROBLEMS: dict[str, tuple[str, str, str, str]] = {
    "400": (
        "BadRequest", "The request cannot be read: broken JSON, no Idempotency-Key, a wrong "
        "query parameter or cursor.", "bad_filter", "Some query parameters are wrong.",
    ),
    "401": (
        "Unauthorised", "No token, or one that is wrong, expired or withdrawn: get a new one.",
        "not_authenticated", "Authentication credentials were not provided.",
    ),
    "403": (
        "Forbidden", "The client lacks the scope for this.",
        "insufficient_scope", "This client lacks the scope for this.",
    ),
    "404": ("NotFound", "Something named does not exist.", "customer_unknown", "No such customer."),
    "406": (
        "NotAcceptable", "Only JSON is answered.",
        "not_acceptable", "Could not satisfy the request Accept header.",
    ),
    "409": (
        "Conflict", "It exists in a state in which this cannot be done; or the first request with "
        "this Idempotency-Key is still being worked on (`Retry-After` is set).",
        "idempotency_in_flight", "The first request with this key is still being worked on.",
    ),
    "413": (
        "TooLarge", "The body is larger than one mebibyte.",
        "too_large", "The request is too large.",
    ),
    "415": (
        "UnsupportedMediaType", "Only application/json is read.",
        "unsupported_media_type", 'Unsupported media type "text/plain" in request.',
    ),
    "422": (
        "Unprocessable", "What was sent cannot mean anything: `errors` names every wrong value. Or "
        "the Idempotency-Key was used for a different request.",
        "invalid", "Some values are wrong.",
    ),
    "503": (
        "Unavailable", "Closed for now, or the database restarts: try again after `Retry-After`.",
        "database_unavailable", "The database is not available. Please try again.",
    ),
}  # fmt: skip

_HEADERS_OF = {
    "401": ("WWW-Authenticate",),
    "403": ("WWW-Authenticate",),
    "409": ("Retry-After",),
    "503": ("Retry-After",),
}
HEADERS: dict[str, Any] = {
    "X-Request-ID": {
        "description": "The request's name in our logs: the caller's own X-Request-ID when it "
        "is 1 to 64 characters of A-Z a-z 0-9 . _ : -, else one we made.",
        "schema": {"type": "string"},
    },
    "WWW-Authenticate": {
        "description": "What kind of token is wanted, and what is wrong with this one (RFC 6750).",
        "schema": {"type": "string"},
    },
    "Retry-After": {
        "description": "Seconds to wait before trying again, when trying again may help.",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "Idempotency-Replayed": {
        "description": "`true` when this is the kept answer to an earlier request with this key.",
        "schema": {"type": "string", "enum": ["true"]},
    },
}


def header(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/headers/{name}"}


def problem_response(status: str) -> dict[str, str]:
    return {"$ref": f"#/components/responses/{PROBLEMS[status][0]}"}


def _response(status: str) -> dict[str, Any]:
    _name, description, code, title = PROBLEMS[status]
    example: dict[str, Any] = {
        "type": f"urn:sluice:problem:{code}", "title": title, "status": int(status), "code": code,
    }  # fmt: skip
    if status in ("400", "422"):
        pointer, fault, detail = (
            ("/statsu", "unknown_parameter", "Unknown parameter. Did you mean status?")
            if status == "400"
            else ("/legal_nmae", "unknown_field", "Unknown field. Did you mean legal_name?")
        )
        example["errors"] = [{"pointer": pointer, "code": fault, "detail": detail}]
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": description,
        "headers": {name: header(name) for name in ("X-Request-ID", *_HEADERS_OF.get(status, ()))},
        "content": {"application/problem+json": {"schema": schema, "example": example}},
    }


# What is chosen from in several places is named once.
ENUM_NAMES = {
    "AccessStateEnum": ["OPEN", "LIMITED", "CLOSED"],
    "ServiceStateEnum": ["ok", "down"],
    "KindEnum": ["emergency", "regulator", "maintenance"],
    "EventKindEnum": [
        "application", "refusal", "drawdown", "repayment_due", "repayment_paid",
        "repayment_missed", "score", "limit", "login", "contact", "employment", "bureau",
        "default", "cure",
    ],
    "ComparisonEnum": ["match", "typo", "differs", "invalid", "missing"],
    "InquiryKindEnum": ["bureau", "identity"],
    "InquiryStateEnum": ["queued", "asking", "answered", "failed"],
}  # fmt: skip

COMPONENTS: dict[str, Any] = {
    "headers": HEADERS,
    "responses": {PROBLEMS[status][0]: _response(status) for status in PROBLEMS},
}

TAGS: list[dict[str, str]] = [
    {"name": "customers", "description": "Create or change by reference; personal data is masked."},
    {"name": "consents", "description": "What a customer agreed to."},
    {"name": "consent-withdrawals", "description": "And no longer agrees to."},
    {"name": "identity-verifications", "description": "Checks made of who the customer is."},
    {"name": "bureau-records", "description": "What a credit bureau has on file."},
    {"name": "inquiries", "description": "Asking a bureau or an identity provider outside."},
    {"name": "verification", "description": "The standing answer: is the customer who they say?"},
    {"name": "signals", "description": "What is known about a customer, for policies."},
    {"name": "events", "description": "What happened to customers, each kept once."},
    {"name": "decisions", "description": "The live policy applied; every answer is kept."},
    {"name": "access", "description": "What a customer may use now, on what terms, and why."},
    {"name": "notices", "description": "What customers were told."},
    {"name": "reasons", "description": "Why access may be narrowed, and the way back."},
    {"name": "products", "description": "The credit products on offer."},
    {"name": "switches", "description": "What narrows a product or the platform for everybody."},
    {"name": "health", "description": "Is this process fit to answer?"},
]
