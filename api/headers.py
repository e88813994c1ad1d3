"""Headers that mean the same on every route, as the OpenAPI document names them."""

from typing import Any

from api.examples import ID
from domain.access.purpose import PurposeOfUse

#: A UUID, said by its letters: generators of clients put what is of a format into headers as it is in their language.
AN_ID = {"type": "string", "pattern": "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"}
PURPOSE = {"type": "string", "enum": [purpose.value for purpose in PurposeOfUse]}
ETAG = '"3-9f86d081884c7d65"'


def _taken(name: str, description: str, schema: dict[str, Any], example: object) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": description, "schema": schema,
            "example": example}  # fmt: skip


def _given(description: str, schema: dict[str, Any], example: object) -> dict[str, Any]:
    return {"description": description, "schema": schema, "example": example}


PARAMETERS: dict[str, dict[str, Any]] = {
    "RequestId": _taken(
        "X-Request-ID", "The request's id, kept in events and logs; made here if absent.",
        AN_ID, ID,
    ),
    "CorrelationId": _taken(
        "X-Correlation-ID", "The id of what this is part of, kept in all that follows; its own if absent.",
        AN_ID, ID,
    ),
    "PurposeOfUse": _taken(
        "X-Purpose-Of-Use", "What for, as a code of HL7 v3 PurposeOfUse; the access log keeps it.",
        {"$ref": "#/components/schemas/PurposeOfUse"}, PurposeOfUse.TREAT.value,
    ),
    "OnBehalfOf": _taken(
        "X-On-Behalf-Of", "The person for whom the caller acts.", AN_ID, ID
    ),
    "WaitFor": _taken(
        "X-Wait-For", "Answer only when what is read has reached this position (``X-Position`` of an answer before).",
        {"type": "integer", "minimum": 0, "maximum": 10**18 - 1}, 42,
    ),
    "IdempotencyKey": _taken(
        "Idempotency-Key", "Repeated within 24 hours with the same request, the first answer is given again and"
        " nothing happens twice.", {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[ -~]+$"},
        "b7c1d2f0-booking-1",
    ),
    "IfMatch": _taken(
        "If-Match", "Change only what is still as it was read: the ``ETag`` of the answer before.",
        {"type": "string", "pattern": r'^(\*|(W/)?"[0-9]{1,9}(-[0-9a-f]{16})?")$'}, '"3"',
    ),
    "IfNoneMatch": _taken(
        "If-None-Match", "Answer 304 without a body while the thing is as in the answer with this ``ETag``.",
        {"type": "string", "pattern": r'^"([0-9]{1,9}-)?[0-9a-f]{16}"$'}, ETAG,
    ),
}  # fmt: skip
HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-ID": _given("The id the request goes by.", {"type": "string", "format": "uuid"}, ID),
    "X-Correlation-ID": _given(
        "The id of what the request is part of.", {"type": "string", "format": "uuid"}, ID
    ),
    "RateLimit-Limit": _given("How many requests the tightest limit allows.", {"type": "integer", "minimum": 1}, 100),
    "RateLimit-Remaining": _given("How many of them are left.", {"type": "integer", "minimum": 0}, 99),
    "RateLimit-Reset": _given(
        "Seconds until the oldest request counted counts no more.", {"type": "integer", "minimum": 1}, 60
    ),
    "X-Position": _given(
        "The last position this command wrote (0: nothing): wait for it with ``X-Wait-For``.",
        {"type": "integer", "minimum": 0}, 42,
    ),
    "ETag": _given(
        "The thing's version; of what is read, with a digest of the answer.",
        {"type": "string", "pattern": r'^"([0-9]+|([0-9]+-)?[0-9a-f]{16})"$'}, ETAG,
    ),
    "Idempotency-Replayed": _given(
        "Nothing happened now: this was answered before.", {"type": "string", "const": "true"}, "true"
    ),
    "Retry-After": _given("Seconds to wait.", {"type": "integer", "minimum": 1}, 1),
}  # fmt: skip
#: What a page of another origin that is allowed to ask may send, and see of the answer.
ASKED = ("Authorization", "Content-Type", *(parameter["name"] for parameter in PARAMETERS.values()))
ANSWERED = tuple(HEADERS)
RATE_LIMITS = ("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
