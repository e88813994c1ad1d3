"""Examples for the OpenAPI document, made from its own schemas: what a field says of itself, else a plain value."""

from typing import Any

ID = "01900000-0000-7000-8000-00000000000a"
STRINGS = {
    "uuid": ID,
    "date-time": "2026-12-15T10:00:00Z",
    "date": "2026-12-15",
    "time": "10:00:00",
    "uri": "https://example.org/",
    "email": "ana@example.org",
    "binary": "",
}
DEEPEST = 8
Schema = dict[str, Any]


class Examples:
    """Makes examples of ``schemas`` (the document's components)."""

    def __init__(self, schemas: dict[str, Schema]) -> None:
        self._schemas = schemas

    def sent(self, schema: Schema) -> Any:
        """Return a body: what must be in it, and whatever has an example of its own if nothing must."""
        return self._value(schema, whole=False, depth=0)

    def answered(self, schema: Schema) -> Any:
        """Return an answer, with every field there is."""
        return self._value(schema, whole=True, depth=0)

    def _value(self, schema: Schema, *, whole: bool, depth: int) -> Any:
        if "$ref" in schema:
            return self._value(self._schemas[schema["$ref"].rpartition("/")[2]], whole=whole, depth=depth + 1)
        for key in ("examples", "enum"):
            if schema.get(key):
                return schema[key][0]
        if "example" in schema or "const" in schema:
            return schema.get("example", schema.get("const"))
        for choices in (schema.get(key) for key in ("anyOf", "oneOf", "allOf")):
            if choices:
                return self._chosen(choices, whole=whole, depth=depth)
        if schema.get("default") is not None:
            return schema["default"]
        return self._plain(schema, whole=whole, depth=depth)

    def _chosen(self, choices: list[Schema], *, whole: bool, depth: int) -> Any:
        if depth > DEEPEST and {"type": "null"} in choices:
            return None
        real = [choice for choice in choices if choice.get("type") != "null"]
        return self._value(real[0], whole=whole, depth=depth + 1)

    def _plain(self, schema: Schema, *, whole: bool, depth: int) -> Any:
        match schema.get("type"):
            case "object":
                return self._object(schema, whole=whole, depth=depth)
            case "array":
                wanted = max(1, schema.get("minItems", 0)) if depth <= DEEPEST else schema.get("minItems", 0)
                item = schema.get("items", {})
                return [self._value(item, whole=whole, depth=depth + 1) for _ in range(wanted)]
            case "string":
                text = STRINGS.get(schema.get("format", ""), "text")
                return text.ljust(schema.get("minLength", 0), ".")[: schema.get("maxLength", len(text) + 1000)]
            case "integer" | "number":
                lowest = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
                return min(max(lowest, 1), schema.get("maximum", lowest + 1))
            case "boolean":
                return True
            case _:
                return None

    def _object(self, schema: Schema, *, whole: bool, depth: int) -> dict[str, Any]:
        properties, required = schema.get("properties", {}), schema.get("required", [])
        if not properties and isinstance(inner := schema.get("additionalProperties"), dict) and whole:
            name = (
                self._value(schema["propertyNames"], whole=whole, depth=depth) if "propertyNames" in schema else "name"
            )
            return {name: self._value(inner, whole=whole, depth=depth + 1)}
        shown = required or [name for name, inner in properties.items() if "examples" in inner]
        if whole and depth <= DEEPEST:
            shown = list(properties)
        return {name: self._value(properties[name], whole=whole, depth=depth + 1) for name in shown}
