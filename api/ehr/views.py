"""Rows of the read models as the JSON a client sees: camelCase, what an entry says beside what is known about it."""

from typing import Any

from api.erased import whole
from api.naming import camel_name
from domain.kernel.errors import Kind, Refused
from domain.kernel.event import KIND
from projections.kernel.reader import Row


class RecordWithdrawn(Refused):
    """The entry was retracted: it is not part of the chart any more."""

    code = "record-withdrawn"
    kind = Kind.GONE


def entry(row: Row) -> dict[str, Any]:
    """Return a timeline row as an entry."""
    status = "retracted" if row["retracted"] else "superseded" if row["recorded_until"] else "current"
    view = {
        "id": row["record_id"],
        "version": row["version"],
        "recordType": row["record_type"],
        "patientId": row["patient_id"],
        "authorId": row["author_id"],
        "encounterId": row["encounter_id"],
        "effectiveAt": row["effective_from"],
        "effectiveUntil": row["effective_until"],
        "recordedAt": row["recorded_from"],
        "recordedUntil": row["recorded_until"],
        "recordStatus": status,
        "reasonCode": row["reason_code"],
        "amendmentReason": row.get("reason"),
        "sourceSystem": row["source_system"],
        "sourceId": row["source_id"],
    }
    return {k: v for k, v in view.items() if v is not None} | said(row)


def current(row: Row) -> dict[str, Any]:
    """Return the entry of a timeline row; raise RecordWithdrawn or RecordErased when there is nothing to read."""
    if row["retracted"]:
        raise RecordWithdrawn(
            "This entry was retracted; ask with known_at for what was known before.",
            version=row["version"],
            reason_code=row["reason_code"],
            retracted_at=row["recorded_from"].isoformat(),
        )
    return entry(whole(row))


def highlight(row: Row) -> dict[str, Any]:
    """Return a summary's row as a short entry."""
    view = {
        "id": row["record_id"],
        "version": row["version"],
        "recordType": row["record_type"],
        "effectiveAt": row["effective_from"],
        "effectiveUntil": row["effective_until"],
    }
    return {k: v for k, v in view.items() if v is not None} | said(row)


def said(row: Row) -> dict[str, Any]:
    """Return what the opened ``content`` says, flat; {"erased": True} when it can never be read again."""
    if row.get("erased"):
        return {"erased": True}
    content = camel(row.get("content") or {})
    for part in content.get("components", ()):
        if part["name"] in {"systolic", "diastolic"}:
            content |= {part["name"]: part["value"], "unit": part["unit"]}
    return content


def alert(row: Row) -> dict[str, Any]:
    """Return an alert's row."""
    view = {camel_name(name): value for name, value in row.items() if value is not None and name != "findings"}
    return {"id": view.pop("alertId")} | view | {"findings": [camel(f) for f in row.get("findings") or ()]}


def camel(value: dict[str, Any]) -> dict[str, Any]:
    """Return opened personal fields with camelCase names, without the tag of their structure."""
    return {camel_name(name): _inner(inner) for name, inner in value.items() if name != KIND}


def _inner(value: Any) -> Any:
    if isinstance(value, list):
        return [_inner(item) for item in value]
    return camel(value) if isinstance(value, dict) else value


def figures(row: Row) -> dict[str, Any]:
    """Return the figures of one record type."""
    return {camel_name(name): value for name, value in row.items()}


def person(row: Row) -> dict[str, Any]:
    """Return who a person is; {"erased": True} in place of details that can never be read again."""
    known = {name: row[name] for name in ("version", "role", "active", "source_system", "source_id")}
    view = {"id": row["person_id"]} | {camel_name(name): value for name, value in known.items() if value is not None}
    return view | ({"erased": True} if row.get("erased") else camel(row.get("person") or {}))


def readable_person(row: Row) -> dict[str, Any]:
    """Return who a person is; raise RecordErased when nobody can know."""
    return person(whole(row))


def organization(row: Row) -> dict[str, Any]:
    """Return an organisation's row."""
    view = {camel_name(name): value for name, value in row.items() if value is not None and name != "total"}
    return {"id": view.pop("organizationId")} | view
