"""Reading parts of a body whose shape nobody has checked: what is of another kind counts as absent."""

from typing import Any


def part_of(body: dict[str, Any], name: str) -> dict[str, Any]:
    part = body.get(name)
    return part if isinstance(part, dict) else {}


def list_of(body: dict[str, Any], name: str) -> list[Any]:
    entries = body.get(name)
    return entries if isinstance(entries, list) else []


def parts_of(body: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [entry for entry in list_of(body, name) if isinstance(entry, dict)]


def texts_of(body: dict[str, Any], name: str) -> list[str]:
    return [str(entry) for entry in list_of(body, name)]
