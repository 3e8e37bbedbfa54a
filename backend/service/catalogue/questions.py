"""The questions of a kind as they are kept: each with a code that stands for its words and never for others."""

from typing import Any

from backend.core.crypto import digest
from backend.service.catalogue.schemas import AskedQuestion

CODE_LENGTH = 8


def worded(asked: list[AskedQuestion], before: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The questions with their codes: one that was asked before in the same words keeps its own.

    A form that was opened before a change must not have its answer taken for another question's.
    """
    known = {_key(one["label"], one["type"], [choice["label"] for choice in one["choices"]]): one for one in before}
    return [_kept(one, known.get(_key(one.label, one.type, one.choices))) for one in asked]


def _kept(asked: AskedQuestion, before: dict[str, Any] | None) -> dict[str, Any]:
    if before is not None:
        return {**before, "required": asked.required}
    return {
        "code": f"q{_short(_key(asked.label, asked.type, asked.choices))}",
        "label": asked.label,
        "type": asked.type.value,
        "required": asked.required,
        "choices": [{"value": f"c{_short(one)}", "label": one} for one in asked.choices],
    }


def _key(label: str, type_: str, choices: list[str]) -> str:
    return "\n".join([label, str(type_), *choices])


def _short(text: str) -> str:
    return digest(text)[:CODE_LENGTH]
