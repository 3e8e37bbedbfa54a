"""From the fields of a posted form to the body that a service takes."""

from collections.abc import Iterable
from contextlib import closing
from datetime import datetime
from pathlib import PurePath
from typing import Any, Protocol

from flask import request
from werkzeug.datastructures import FileStorage

from backend.core.errors import invalid_field
from backend.core.http import extension, now, settings
from backend.media.service import upload_media
from backend.people.caller import current_caller

Values = dict[str, Any]
MOST_PICTURES = 9


class Field(Protocol):
    """What must be known of a field: its name and of which type it is."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...


def body_of(fields: Iterable[Field]) -> Values:
    """The posted values of an action's form, as its body takes them; what was left empty is left out."""
    found = {one.name: _value(one.name, one.type) for one in fields}
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def _value(name: str, kind: str) -> Any:
    if kind == "media":
        return uploads(name)
    text = request.form.get(name, "").strip()
    if kind == "target":
        return _target(name, text)
    return instant(text, name) if kind == "time" and text else text


def _target(name: str, chosen: str) -> Values | None:
    """`pool`, `member:ID` or `team:ID` for whoever was proposed, or `named` with such a word beside it."""
    if chosen == "named":
        chosen = request.form.get(f"{name}_named", "") or "member:"
    kind, _, chosen_id = chosen.partition(":")
    return {"kind": kind, **({"id": chosen_id} if chosen_id else {})} if kind else None


def instant(text: str, field: str) -> datetime:
    """What a date and time field gave, read as local time; 422 for what is none."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=settings().timezone)
    except ValueError:
        raise invalid_field(field, "bad_time", "请填写日期和时间") from None


def uploads(name: str) -> list[str]:
    """The ids of the files of a field, each checked and kept."""
    return [media for media, _ in upload_each(name)]


def upload_each(name: str) -> list[tuple[str, str]]:
    """The same with what each file was called."""
    files = [file for file in request.files.getlist(name) if file.filename]
    if len(files) > MOST_PICTURES:
        raise invalid_field(name, "too_many", f"一次最多 {MOST_PICTURES} 个文件")
    return [(_kept(file), PurePath(file.filename or "").name or "附件") for file in files]


def _kept(file: FileStorage) -> str:
    with closing(file):
        media = upload_media(file.stream, store=extension("files"), uploader_id=current_caller().account_id, now=now())
    return media.public_id
