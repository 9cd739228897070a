"""`docs/api.md`, from the OpenAPI document."""

from functools import cache
from typing import Any

from dashboard.api.v1 import api
from dashboard.problems import KINDS
from docs.generator.markdown import document, section, table

INTRODUCTION = """\
Everything is at `/api/v1/`; the OpenAPI document is `/api/v1/openapi.json`, a page to try it out
`/api/v1/docs`.

- **Who**: a session with its CSRF token, or `Authorization: Bearer hw_...`. Tokens are made in the
  admin, shown once, and act as their owner, limited by their scope: `read` views, `operate` also
  plans and runs replays. Twenty bad tokens of one address within a minute make it wait.
- **Null** means unknown, which is not 0. Times are ISO 8601 in UTC; in series, epoch seconds.
- **Names** can hold any bytes, so paths have ids and names travel as query parameters.
- **Pages**: `next` of an answer leads to the next page and is null on the last one.
- **Unknown** parameters and fields are refused. Bodies over 1 MB are refused with 413."""

BESIDE = {
    "GET /healthz": "200 while the web process lives; open to everybody.",
    "GET /readyz": "200 while the database answers, else 503. Its JSON also names broker, workers "
    "and the age of ticks, whose outage does not make it fail, and in "
    "`samples.hours_without_partition` the hours for which samples could not be stored: look "
    "at the log of upkeep; and in `samples.hours_not_sealed` those that should have been sealed "
    "an hour ago or more. Open to everybody.",
    "GET /metrics": "Prometheus, for a session or a token; see [metrics](metrics.md).",
    "/ws/live": "The websocket of the pages, for sessions of this origin. A client sends "
    '`{"subscribe": ["group.7"]}` or `{"unsubscribe": [...]}` and hears live messages.',
}


def page() -> str:
    described = _described()
    schemas = described["components"]["schemas"]
    used = [name for name in schemas if name.endswith(("Out", "Page", "In"))]
    return document(
        "API",
        INTRODUCTION,
        section("Addresses"),
        *(
            _operation(method, path, operation)
            for path, operations in described["paths"].items()
            for method, operation in operations.items()
        ),
        section("Beside the API", "Addresses that have no version."),
        *(section(address, meaning, level=3) for address, meaning in BESIDE.items()),
        section(
            "Errors",
            "All are `application/problem+json` with `type`, `title`, `status`, `detail`, and "
            "`errors` for each wrong value. `type` is `about:blank`, or one of:",
            table(
                ("type", "status is explained by"),
                [(f"`urn:highwater:{kind}`", meaning) for kind, meaning in KINDS.items()],
            ),
        ),
        section("Objects"),
        *(_schema(name, schemas[name]) for name in sorted(used) if "FilterIn" not in name),
    )


@cache
def _described() -> dict[str, Any]:
    return dict(api.get_openapi_schema())


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = [
        (f"`{each['name']}`", each["in"], _kind(each["schema"]), each.get("description", ""))
        for each in operation.get("parameters", ())
    ]
    body = operation.get("requestBody")
    return section(
        f"{method.upper()} {path}",
        operation["description"],
        table(("parameter", "in", "type", "what"), rows),
        f"Body: {_content(body)}." if body else "",
        f"Answer: {_answers(operation['responses'])}.",
        level=3,
    )


def _answers(responses: dict[Any, Any]) -> str:
    good = {status: answer for status, answer in responses.items() if status != "default"}
    return ", ".join(f"{status} {_content(answer)}" for status, answer in good.items())


def _content(described: dict[str, Any]) -> str:
    return _kind(described["content"]["application/json"]["schema"])


def _schema(name: str, schema: dict[str, Any]) -> str:
    optional = schema["properties"].keys() - schema.get("required", ())
    rows = [
        (
            f"`{field}`{' (optional)' if field in optional else ''}",
            _kind(value),
            value.get("description", "") if "enum" not in value else "",
        )
        for field, value in schema["properties"].items()
    ]
    return section(
        name, schema.get("description", ""), table(("field", "type", "what"), rows), level=3
    )


def _kind(schema: dict[str, Any]) -> str:
    """The type in words, with its default and bounds."""
    default = schema.get("default")
    shown = "" if default in (None, "", [], {}) else f", default `{_text(default)}`"
    return f"{_type(schema)}{_bounds(schema)}{shown}"


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        enum = _described()["components"]["schemas"][name].get("enum")
        return _choices(enum) if enum else f"[{name}](#{name.lower()})"
    if "enum" in schema:
        return _choices(schema["enum"])
    for word in ("anyOf", "allOf"):
        if word in schema:
            return " or ".join(_kind(each) for each in schema[word])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"map to {_type(schema['additionalProperties'])}"
    return str(schema.get("format") or schema.get("type") or "any")


def _choices(values: list[Any]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _bounds(schema: dict[str, Any]) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is None or high is None:
        return ""
    return f" from {low:,} to {high:,}"


def _text(default: Any) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)
