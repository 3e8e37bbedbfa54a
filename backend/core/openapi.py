"""The API description (OpenAPI 3.1), read off the endpoints themselves."""

import re
import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

API_PREFIX = "/api/v1"
REF = "#/components/schemas/{model}"
Refs = dict[Any, dict[str, Any]]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ERROR_STATUSES = {
    "400": "not JSON",
    "401": "no valid token",
    "403": "this role may not",
    "404": "absent, or owned by another branch",
    "409": "lost race or illegal transition",
    "413": "too large",
    "415": "not application/json",
    "422": "a body or query that does not validate",
    "429": "too many requests",
    "503": "something that we depend on does not answer",
}
ERROR_SCHEMA = {
    "type": "object",
    "required": ["code", "message"],
    "properties": {
        "code": {"type": "string", "description": "stable, snake_case"},
        "message": {"type": "string", "description": "a Chinese sentence"},
        "data": {"type": "null"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {name: {"type": "string"} for name in ("field", "code", "message")},
            },
        },
    },
}


def describe(rules: list[tuple[str, set[str], Any]], *, title: str, version: str) -> dict[str, Any]:
    """The description of views given as (path, methods, view); only those under /api/v1 are public API."""
    views = [(path, method, view) for path, methods, view in rules for method in METHODS if method in methods]
    views = [found for found in views if found[0].startswith(API_PREFIX)]
    refs, schemas = _schemas([view.endpoint_spec for _, _, view in views])
    paths: dict[str, Any] = {}
    for path, method, view in sorted(views, key=lambda found: found[:2]):
        shown = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path.removeprefix(API_PREFIX))
        paths.setdefault(shown, {})[method.lower()] = _operation(path, method, view, refs)
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "license": {"name": "AGPL-3.0-or-later"}},
        "servers": [{"url": API_PREFIX}],
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Error": ERROR_SCHEMA, **schemas},
        },
    }


def _schemas(specs: list[Any]) -> tuple[Refs, dict[str, Any]]:
    """How to refer to each model, and the models: two rooms may use one name, then both are told apart."""
    inputs = {spec.body for spec in specs if spec.body and not spec.takes_file}
    inputs |= {spec.query for spec in specs if spec.query}
    outputs = {model for spec in specs for model in _models(spec.returns)}
    wanted = [(model, "validation") for model in sorted(inputs, key=_name)]
    wanted += [(model, "serialization") for model in sorted(outputs, key=_name)]
    found_refs, definitions = models_json_schema(wanted, ref_template=REF)  # type: ignore[arg-type]
    inlined = {spec.query.__name__ for spec in specs if spec.query}
    found = sorted(definitions.get("$defs", {}).items())
    refs = {model: dict(ref) for (model, _), ref in found_refs.items()}
    return refs, {name: schema for name, schema in found if name not in inlined}


def _name(model: type[BaseModel]) -> str:
    return model.__name__


def _models(returns: Any) -> Iterator[type[BaseModel]]:
    """The models inside `Model`, `list[Model]` or `Page[Model]`."""
    if isinstance(returns, type) and issubclass(returns, BaseModel):
        yield returns
    for argument in typing.get_args(returns):
        yield from _models(argument)


def _operation(path: str, method: str, view: Any, refs: Refs) -> dict[str, Any]:
    spec = view.endpoint_spec
    summary = (view.__doc__ or view.__name__).strip().split("\n")[0]
    operation: dict[str, Any] = {
        "operationId": view.__name__,
        "tags": [path.removeprefix(API_PREFIX).split("/")[1]],
        "summary": summary,
        "parameters": [
            *_path_parameters(path),
            *_query_parameters(spec.query),
            *_key_parameter(spec, method),
        ],
        "responses": {str(spec.status): _success(spec.returns, refs), **_errors(path, spec)},
    }
    if spec.takes_file:
        operation["requestBody"] = _upload()
    elif spec.body is not None:
        content = {"application/json": {"schema": refs[spec.body]}}
        operation["requestBody"] = {"required": True, "content": content}
    if spec.gives_file:
        operation["responses"].update(_file_answers())
    if spec.public:
        operation["security"] = []
    return operation


def _upload() -> dict[str, Any]:
    """A file as a part of a form, or bare."""
    octets = {"type": "string", "format": "binary"}
    form = {"type": "object", "required": ["file"], "properties": {"file": octets}}
    content = {"multipart/form-data": {"schema": form}, "application/octet-stream": {"schema": octets}}
    return {"required": True, "content": content}


def _file_answers() -> dict[str, Any]:
    """What a server of files answers, the whole, a part, or that nothing has changed."""
    octets: dict[str, Any] = {"*/*": {}}  # a file says itself what it is
    error = {"application/json": {"schema": {"$ref": REF.format(model="Error")}}}
    return {
        "200": {"description": "the file", "content": octets},
        "206": {"description": "the range asked for", "content": octets},
        "304": {"description": "not changed"},
        "403": {"description": "a link that is forged or has ended", "content": error},
        "412": {"description": "changed since", "content": error},
        "416": {"description": "a range beyond the end", "content": error},
    }


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"<(?:\w+:)?(\w+)>", path)
    ]


def _query_parameters(query: type[BaseModel] | None) -> list[dict[str, Any]]:
    if query is None:
        return []
    schema = query.model_json_schema(ref_template=REF)
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": part}
        for name, part in schema["properties"].items()
    ]


def _key_parameter(spec: Any, method: str) -> list[dict[str, Any]]:
    if method != "POST" or spec.public or not spec.replayable:
        return []
    schema = {"type": "string", "minLength": 1, "maxLength": 80}
    return [{"name": "Idempotency-Key", "in": "header", "required": False, "schema": schema}]


def _success(returns: Any, refs: Refs) -> dict[str, Any]:
    envelope = {
        "type": "object",
        "required": ["code", "message", "data"],
        "properties": {"code": {"const": "ok"}, "message": {"type": "string"}, "data": _data_schema(returns, refs)},
    }
    return {"description": "done", "content": {"application/json": {"schema": envelope}}}


def _data_schema(returns: Any, refs: Refs) -> dict[str, Any]:
    if isinstance(returns, type) and issubclass(returns, BaseModel):
        return refs[returns]
    arguments = typing.get_args(returns)
    if typing.get_origin(returns) is list:
        return {"type": "array", "items": _data_schema(arguments[0], refs)}
    if arguments:
        return {
            "type": "object",
            "required": ["items", "next_cursor"],
            "properties": {
                "items": {"type": "array", "items": _data_schema(arguments[0], refs)},
                "next_cursor": {"type": ["string", "null"]},
            },
        }
    return {"type": "null"} if returns is None else {}


def _errors(path: str, spec: Any) -> dict[str, Any]:
    """Which refusals an endpoint can give; a client may rely on no other status turning up."""
    statuses = {"409", "429", "503"}
    statuses |= {"401"} if spec.body else set()  # a log-in code that is none of the platform's
    statuses |= set() if spec.public else {"401", "403"}
    statuses |= {"404"} if "<" in path or spec.body or spec.query else set()
    statuses |= {"400", "413", "415", "422"} if spec.body else set()
    statuses |= {"422"} if spec.query or not spec.public else set()
    content = {"application/json": {"schema": {"$ref": REF.format(model="Error")}}}
    return {status: {"description": ERROR_STATUSES[status], "content": content} for status in sorted(statuses)}
