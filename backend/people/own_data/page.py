"""Everything about me as one page to read, keep or print: no script, nothing loaded from elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from backend.people.own_data.labels import CODED, LABELS, VALUES
from backend.people.own_data.schemas import OwnData

_STYLE = """
body { font: 18px/1.6 system-ui, "Noto Sans SC", sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em; }
h2 { border-bottom: 2px solid; margin-top: 2em; }
table { border-collapse: collapse; width: 100%; margin: .5em 0 1.5em; }
th, td { border: 1px solid #999; padding: .3em .6em; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #eee; }
@media print { h2, h3, tr { break-inside: avoid; } body { font-size: 11pt; } }
"""
_HEAD = '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'


@dataclass(frozen=True)
class Page:
    """How the page is written: what tables are called beside our own words, and in which zone times are local."""

    tables: Mapping[str, str]
    timezone: ZoneInfo

    def of(self, data: OwnData) -> str:
        """The page."""
        rooms = "".join(self._room(room, content) for room, content in data.rooms.items())
        return (
            f"{_HEAD}<title>我的个人信息</title><style>{_STYLE}</style></head><body><h1>我的个人信息</h1>"
            f"<p>以下是系统保存的关于您的全部信息，导出于 {self._text(data.made_at)}。请妥善保管，不要转发给别人。</p>"
            f"{rooms}</body></html>"
        )

    def _name(self, name: str) -> str:
        return escape(self.tables.get(name) or LABELS.get(name, name))

    def _room(self, room: str, content: Mapping[str, Any]) -> str:
        parts = "".join(f"<h3>{self._name(name)}</h3>{self._part(part)}" for name, part in content.items())
        return f"<h2>{self._name(room)}</h2>{parts}"

    def _part(self, part: Any, name: str = "") -> str:
        if isinstance(part, Mapping):
            rows = (
                f"<tr><th>{self._name(name)}</th><td>{self._part(cell, name)}</td></tr>" for name, cell in part.items()
            )
            return f"<table>{''.join(rows)}</table>"
        if isinstance(part, list):
            return self._table(part) if part else "<p>没有</p>"
        return escape(VALUES.get(part, part) if name in CODED and isinstance(part, str) else self._text(part))

    def _table(self, rows: list[Any]) -> str:
        if not isinstance(rows[0], Mapping):
            return escape("、".join(str(row) for row in rows))
        head = "".join(f"<th>{self._name(name)}</th>" for name in rows[0])
        body = "".join(f"<tr>{self._cells(row)}</tr>" for row in rows)
        return f"<table><tr>{head}</tr>{body}</table>"

    def _cells(self, row: Mapping[str, Any]) -> str:
        return "".join(f"<td>{self._part(cell, name)}</td>" for name, cell in row.items())

    def _text(self, cell: Any) -> str:
        if cell is None:
            return "—"
        if isinstance(cell, bool):
            return "是" if cell else "否"
        if isinstance(cell, datetime):
            return f"{cell.astimezone(self.timezone):%Y-%m-%d %H:%M:%S}"
        return cell.isoformat() if isinstance(cell, date) else str(cell)
