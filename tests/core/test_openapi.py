"""The description of the API: complete, valid, and true of the running application."""

import itertools
import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from backend.core.database import database, in_unit_of_work
from backend.installation import FIRST_ROWS
from backend.people.models import AccessToken
from tests.cast import World
from tests.conftest import Api
from tests.emulated import emulator as emulator
from tests.emulated import platform as platform
from tests.emulated import settings as settings

# of each operation; ZHIBU_ALL_EXAMPLES=1 sends more
ALL_EXAMPLES = os.environ.get("ZHIBU_ALL_EXAMPLES") == "1"
EXAMPLES = {GenerationMode.POSITIVE: 7 if ALL_EXAMPLES else 4, GenerationMode.NEGATIVE: 4 if ALL_EXAMPLES else 3}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
Calls = Callable[[Any], Api]


@pytest.fixture
def description(app: Flask) -> dict[str, Any]:
    """What /openapi.json answers."""
    answer = app.test_client().get("/openapi.json")
    assert answer.content_type == "application/json"
    found: dict[str, Any] = answer.get_json()
    return found


def operations(description: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every operation with its name, `GET /me`."""
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_route_of_the_api_is_described_and_nothing_else(app: Flask, description: dict[str, Any]) -> None:
    parameter = re.compile("<(?:[a-z]+:)?([a-z_]+)>")
    routes = {
        f"{method} " + parameter.sub(r"{\1}", rule.rule.removeprefix("/api/v1"))
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {name for name, _ in operations(description)} == routes


def test_operations_have_names_of_their_own_and_a_summary(description: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, operation in operations(description)]
    assert len(ids) == len(set(ids))
    assert all(operation["summary"].endswith(".") for _, operation in operations(description))


def test_every_schema_is_valid_2020_12_and_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    for schema in schemas.values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
    references = set(re.findall(r'"#/components/schemas/([\w-]+)"', _text(description)))
    assert references <= set(schemas)
    assert set(schemas) <= references, "described, but used nowhere"


def _text(document: Any) -> str:
    if isinstance(document, dict):
        return " ".join(f'"{value}"' if key == "$ref" else _text(value) for key, value in document.items())
    return " ".join(map(_text, document)) if isinstance(document, list) else ""


def test_every_text_and_number_that_is_taken_is_bounded(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]
    bodies = [
        operation["requestBody"]["content"].get("application/json", {}).get("schema", {})
        for _, operation in operations(description)
        if "requestBody" in operation
    ]
    found = sorted({fault for body in bodies for fault in _unbounded(body, schemas, "body", frozenset())})
    assert found == []


def _unbounded(schema: dict[str, Any], schemas: dict[str, Any], where: str, above: frozenset[str]) -> Iterator[str]:
    """Places below a schema that take texts, lists or numbers of any size."""
    name = schema.get("$ref", "").rpartition("/")[2]
    if name:
        if name not in above:
            yield from _unbounded(schemas[name], schemas, name, above | {name})
        return
    kind = schema.get("type")
    if kind == "string" and not {"maxLength", "enum", "const", "pattern", "format"} & set(schema):
        yield where
    if kind in {"integer", "number"} and not {"maximum", "exclusiveMaximum", "enum"} & set(schema):
        yield where
    if kind == "array" and "maxItems" not in schema:
        yield f"{where}[]"
    for key in ("anyOf", "oneOf", "allOf"):
        for part in schema.get(key, []):
            yield from _unbounded(part, schemas, where, above)
    for field, part in schema.get("properties", {}).items():
        yield from _unbounded(part, schemas, f"{where}.{field}", above)
    if isinstance(schema.get("items"), dict):
        yield from _unbounded(schema["items"], schemas, f"{where}[]", above)


@pytest.mark.slow
@pytest.mark.parametrize("mode", EXAMPLES)
def test_the_running_application_is_as_described(app: Flask, api: Calls, world: World, mode: GenerationMode) -> None:
    """Property-based: whatever does or does not fit is answered as the description says, and never with 5xx."""
    known = known_names(api, world)
    schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
    faults: list[str] = []
    for found in schema.get_all_operations():
        operation = found.ok()
        AccessToken.update(revoked_at=None).execute()  # one of the operations ends it
        try:
            examine(operation, mode, world.secretary.token, known)
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE  # nothing that is sent to it could be wrong
        except (Exception, BaseExceptionGroup) as fault:
            parts = fault.exceptions if isinstance(fault, BaseExceptionGroup) else [fault]
            faults += [f"{operation.label}: {type(part).__name__}: {part}"[:1500] for part in parts]
        database.connect(reuse_if_open=True)
    assert not faults, "\n\n".join(faults)


def known_names(api: Calls, world: World) -> dict[str, str]:
    """Values of path parameters that lead to something."""
    activity = {
        "organization": "DH-01-01",
        "kind": "party_day",
        "title": "主题党日",
        "starts_at": "2026-11-23T09:30:00+08:00",
        "ends_at": "2026-11-23T11:00:00+08:00",
        "place": {"text": "二楼"},
    }
    for write in FIRST_ROWS:
        in_unit_of_work(write)
    planned = api(world.secretary).post("/activities", activity)
    order = {
        "organization": "DH-01-01",
        "service_type": "repair",
        "title": "三号楼楼道灯不亮",
        "description": "三号楼二单元一至三层楼道灯都不亮，老人晚上上下楼容易摔倒。",
        "place": {"text": "三号楼二单元"},
    }
    submitted = api(world.resident).post("/orders", order)
    assert (planned.status, submitted.status) == (201, 201), (planned.body, submitted.body)
    return {"code": "DH-01-01", "activity_id": planned.data["id"], "number": submitted.data["number"]}


def examine(operation: Any, mode: GenerationMode, token: str, known: dict[str, str]) -> None:
    """Send examples of one operation, every second one to something that exists."""
    turn = itertools.count()

    @given(case=operation.as_strategy(generation_mode=mode))
    @hypothesis_settings(
        max_examples=EXAMPLES[mode],
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def run(case: schemathesis.Case) -> None:
        if next(turn) % 2:
            case.path_parameters.update({name: known[name] for name in case.path_parameters if name in known})
        answer = case.call(headers={"Authorization": f"Bearer {token}"})
        case.validate_response(answer, checks=CHECKS)

    run()
