"""The chain over the audit log: the bot links entries after they were written, so that no request waits for another.

Each link is the hash of the link before and the entry's content. The head carries a signature with a key that is
not in the database: who changes, removes or inserts rows cannot make the chain fit again (docs/decisions/0009).
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee as pw
import structlog

from backend.core.audit import SEAL, AuditEntry, AuditHead, canonical
from backend.core.crypto import keyring
from backend.core.database import append_statement, database, in_unit_of_work, rows_of, to_stored

EMPTY = "0" * 64
BATCH = 200
_CONTENT = (
    AuditEntry.at,
    AuditEntry.actor_id,
    AuditEntry.action,
    AuditEntry.subject,
    AuditEntry.purpose,
    AuditEntry.organization_id,
    AuditEntry.about_id,
)
_COLUMNS = (AuditEntry.id, AuditEntry.position, AuditEntry.hash, AuditEntry.seal, *_CONTENT)

log = structlog.get_logger()


@dataclass(frozen=True)
class Row:
    """An entry as the chain sees it; `text` is its content in the one form that is hashed."""

    id: int
    position: int | None
    hash: str | None
    seal: str | None
    at: datetime
    text: str


@dataclass(frozen=True)
class Break:
    """Where the log no longer is what was written: what was done, and to which entry."""

    kind: str
    position: int | None
    entry_id: int | None
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """What a look over the whole log found. `head` (position and hash) is worth keeping outside of the database."""

    checked: int
    waiting: int
    head: str
    broken: Break | None


def link_entries(*, now: datetime) -> int:
    """Link what was written since, oldest first; returns how many. A second bot that is as quick links nothing.

    A head that was not signed with our key is left alone, since extending it would sign what somebody forged.
    """
    linked = 0
    while batch := in_unit_of_work(_link_batch):
        linked += batch
    return linked


def _link_batch() -> int:
    head = _head()
    if not _is_ours(head):
        log.error("audit_chain_head_is_not_ours", advice="python -m backend audit verify")
        return 0
    waiting = [row for row in _waiting() if _was_written_by_us(row, head)]
    position, previous = head.position, head.hash
    links = []
    for row in waiting:
        position += 1
        previous = next_hash(previous, position, row)
        links.append((position, previous, row.id))
    if not links or not _move_head(head, position, previous):
        return 0
    mark = database.obj.param
    statement = f"UPDATE audit_entry SET position = {mark}, hash = {mark} WHERE id = {mark} AND position IS NULL"  # noqa: S608 - our own words
    for link in links:
        append_statement(statement, link)
    return len(links)


def _head() -> AuditHead:
    """Where the chain ends; tables made without migrations begin without a row."""
    found: AuditHead | None = AuditHead.get_or_none()
    return found or AuditHead(position=0, hash=EMPTY, unsealed_up_to=0)


def _move_head(head: AuditHead, position: int, hash_: str) -> bool:
    """The compare-and-swap that lets one linker through."""
    signed = keyring.sign("audit head", f"{position}:{hash_}")
    if not head.id:
        AuditHead.create(id=1, position=position, hash=hash_, mac=signed, unsealed_up_to=0)
        return True
    unmoved = (AuditHead.id == head.id) & (AuditHead.position == head.position)
    return bool(AuditHead.update(position=position, hash=hash_, mac=signed).where(unmoved).execute())


def _is_ours(head: AuditHead) -> bool:
    if head.mac is None:
        return bool(head.position == 0)
    return keyring.signed_by_us("audit head", f"{head.position}:{head.hash}", head.mac)


def _was_written_by_us(row: Row, head: AuditHead) -> bool:
    if row.seal is None:
        return bool(row.id <= head.unsealed_up_to)
    return keyring.signed_by_us(SEAL, row.text, row.seal)


def _waiting() -> list[Row]:
    unlinked = AuditEntry.select(*_COLUMNS).where(AuditEntry.position.is_null())
    return _rows(unlinked.order_by(AuditEntry.id).limit(BATCH))


def next_hash(previous: str, position: int, row: Row) -> str:
    """The link of an entry: 64 hex digits of SHA-256 over the link before, its place, its id and its content."""
    return hashlib.sha256(f"{previous}\n{position}\n{row.id}\n{row.text}".encode()).hexdigest()


def verify() -> Verdict:
    """Walk the whole chain from its beginning; names the first link that does not hold."""
    head = _head()
    checked, previous, broken = 0, EMPTY, None
    for row in _chain(head.position):
        broken = _fault_of(row, checked + 1, previous)
        if broken is not None:
            break
        checked, previous = checked + 1, str(row.hash)
    broken = broken or _fault_of_head(head, checked, previous) or _fault_of_waiting(head)
    waiting = AuditEntry.select().where(AuditEntry.position.is_null()).count()
    return Verdict(checked, waiting, f"{head.position}:{head.hash}", broken)


def sign_anew() -> Verdict:
    """After SECRET_KEY was changed: if the chain holds, sign its head and what waits for a link with the new key."""

    def work() -> None:
        head = _head()
        if head.position:
            _move_head(head, head.position, head.hash)
        for row in _waiting():
            AuditEntry.update(seal=keyring.sign(SEAL, row.text)).where(AuditEntry.id == row.id).execute()

    verdict = verify()
    if verdict.broken is None or verdict.broken.kind == "unsigned":
        in_unit_of_work(work)
    return verify()


def _chain(up_to: int) -> Iterator[Row]:
    """All linked entries in order, a batch at a time; what is linked meanwhile is the next look's."""
    after = -1
    while rows := _rows(
        AuditEntry.select(*_COLUMNS)
        .where(AuditEntry.position > after, AuditEntry.position <= up_to)
        .order_by(AuditEntry.position)
        .limit(BATCH * 10)
    ):
        yield from rows
        after = rows[-1].position or 0


def _rows(query: "pw.ModelSelect[Any]") -> list[Row]:
    return [
        Row(id_, position, hash_, seal, content[0], canonical((to_stored(content[0]), *content[1:])))
        for id_, position, hash_, seal, *content in rows_of(query)
    ]


def _fault_of(row: Row, expected: int, previous: str) -> Break | None:
    if row.position != expected:
        if row.position is not None and row.position > expected:
            return Break("missing", expected, None, f"第 {expected} 条审计记录不见了（下一条是第 {row.position} 条）")
        return Break("inserted", row.position, row.id, f"审计记录 {row.id} 是插进来的：第 {row.position} 位不该有记录")
    if row.hash == next_hash(previous, expected, row):
        return None
    if row.seal is not None and keyring.signed_by_us(SEAL, row.text, row.seal):
        return Break(
            "missing", expected, row.id, f"第 {expected} 条审计记录（编号 {row.id}）之前少了记录，或顺序被调换"
        )
    when = f"{row.at:%Y-%m-%d %H:%M:%S} UTC"
    return Break("changed", expected, row.id, f"第 {expected} 条审计记录（编号 {row.id}，{when}）被改动过")


def _fault_of_head(head: AuditHead, checked: int, last: str) -> Break | None:
    if checked < head.position:
        return Break(
            "missing", checked + 1, None, f"第 {checked + 1} 条起的审计记录不见了（链头在第 {head.position} 条）"
        )
    beyond = AuditEntry.select(AuditEntry.id).where(AuditEntry.position > head.position).order_by(AuditEntry.position)
    found = beyond.scalar()
    if found is not None and _head().position == head.position:
        return Break("inserted", head.position + 1, found, f"审计记录 {found} 是插进来的：链头没有到这里")
    if last != head.hash:
        return Break("changed", head.position, None, "链头与最后一条审计记录不符")
    if not _is_ours(head):
        return Break("unsigned", head.position, None, "链头的签名不符：链头被改过，或 SECRET_KEY 换过（见 audit sign）")
    return None


def _fault_of_waiting(head: AuditHead) -> Break | None:
    for row in _waiting():
        if not _was_written_by_us(row, head):
            return Break("inserted", None, row.id, f"审计记录 {row.id} 是插进来的：不是本系统写下的")
    return None
