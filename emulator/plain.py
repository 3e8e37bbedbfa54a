"""Dataclasses to plain JSON values and back, with faults that name the place."""

import dataclasses
import types
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


class ShapeError(ValueError):
    """A value does not have the shape that a dataclass asks for; the text names the place."""


def to_plain(value: Any) -> Any:
    """Dataclasses become dicts, recursively; everything else must be JSON already."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value) if f.init}
    if isinstance(value, dict):
        return {key: to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [to_plain(item) for item in value]
    return value


def from_plain(kind: type[T], value: Any, where: str = "") -> T:
    """Build a `kind` from JSON values. Raises ShapeError for unknown or missing names and wrong types."""
    built: T = _read(kind, value, where or kind.__name__)
    return built


def _read(kind: Any, value: Any, where: str) -> Any:
    origin = get_origin(kind)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return _read_dataclass(kind, value, where)
    if origin in (Union, types.UnionType):
        return _read_union(kind, value, where)
    if origin is Literal:
        return _expect(value in get_args(kind), value, f"one of {get_args(kind)}", where)
    if origin is list:
        _expect(isinstance(value, list), value, "a list", where)
        return [_read(get_args(kind)[0], item, f"{where}[{i}]") for i, item in enumerate(value)]
    if origin is dict:
        _expect(isinstance(value, dict), value, "an object", where)
        return {key: _read(get_args(kind)[1], item, f"{where}.{key}") for key, item in value.items()}
    return _read_scalar(kind, value, where)


def _read_dataclass(kind: Any, value: Any, where: str) -> Any:
    _expect(isinstance(value, dict), value, "an object", where)
    hints = get_type_hints(kind)
    fields = {f.name: f for f in dataclasses.fields(kind) if f.init}
    if unknown := sorted(set(value) - set(fields)):
        raise ShapeError(f"{where}: unknown {', '.join(unknown)}")
    optional = {n for n, f in fields.items() if _has_default(f)}
    if missing := sorted(set(fields) - set(value) - optional):
        raise ShapeError(f"{where}: missing {', '.join(missing)}")
    return kind(**{name: _read(hints[name], item, f"{where}.{name}") for name, item in value.items()})


def _has_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is not dataclasses.MISSING or field.default_factory is not dataclasses.MISSING


def _read_union(kind: Any, value: Any, where: str) -> Any:
    faults = []
    for option in get_args(kind):
        try:
            return _read(option, value, where)
        except ShapeError as fault:
            faults.append(str(fault))
    raise ShapeError("; ".join(faults))


def _read_scalar(kind: Any, value: Any, where: str) -> Any:
    if kind is Any:
        return value
    if kind is types.NoneType:
        return _expect(value is None, value, "null", where)
    if kind is float and type(value) is int:
        return float(value)
    return _expect(type(value) is kind, value, kind.__name__, where)


def _expect(holds: bool, value: Any, what: str, where: str) -> Any:
    if not holds:
        raise ShapeError(f"{where}: expected {what}, got {value!r:.60}")
    return value
