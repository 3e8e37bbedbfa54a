"""Idempotency-Key: a request sent five times from a bad network has its effect once and five equal answers."""

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime, timedelta

import peewee as pw

from backend.core.database import LongTextField, Record, UtcDateTimeField, delete_where
from backend.core.errors import AppError, Conflict

MAX_KEY_LENGTH = 80
KEPT = timedelta(hours=48)
WAIT_STEPS = 100
WAIT_STEP_S = 0.05
UNDER_WAY = timedelta(seconds=30)


class IdempotencyKey(Record):
    """A key that a caller used, what it was used for, and the answer given."""

    id = pw.BigAutoField()
    caller_id = pw.BigIntegerField()
    key = pw.CharField(MAX_KEY_LENGTH)
    fingerprint = pw.FixedCharField(64)
    status = pw.SmallIntegerField(null=True)
    body = LongTextField(null=True)
    created_at = UtcDateTimeField(index=True)

    class Meta:
        indexes = ((("caller_id", "key"), True),)


class AlreadyUnderWay(Exception):
    """Another request with this key committed first; our own work was rolled back."""


@dataclass(frozen=True)
class StoredAnswer:
    """The answer that the first request got."""

    status: int
    body: str


@dataclass(frozen=True)
class Attempt:
    """One request that carries a key."""

    caller: int
    key: str
    fingerprint: str
    now: datetime

    def stored_answer(self) -> StoredAnswer | None:
        """The first answer if there was one, waiting for one that is under way; 409 for another body."""
        if not 1 <= len(self.key) <= MAX_KEY_LENGTH:
            raise AppError("bad_idempotency_key", f"Idempotency-Key 须为 1–{MAX_KEY_LENGTH} 个字符", status=422)
        row = self._row()
        return None if row is None else self._answer_of(row) or self.await_answer()

    def remember(self) -> None:
        """Write the key, inside the transaction of its effect."""
        try:
            IdempotencyKey.create(
                caller_id=self.caller, key=self.key, fingerprint=self.fingerprint, created_at=self.now
            )
        except pw.IntegrityError:
            raise AlreadyUnderWay from None

    def store_answer(self, status: int, body: str) -> None:
        """Keep the answer for those who ask again."""
        (
            IdempotencyKey.update(status=status, body=body)
            .where(IdempotencyKey.caller_id == self.caller, IdempotencyKey.key == self.key)
            .execute()
        )

    def await_answer(self) -> StoredAnswer:
        """The answer of the request that was faster, which may be being written right now."""
        for _ in range(WAIT_STEPS):
            row = self._row()
            answer = self._answer_of(row) if row is not None else None
            if answer is not None:
                return answer
            if row is not None and self.now - row.created_at > UNDER_WAY:
                break  # whoever used the key has died before answering
            time.sleep(WAIT_STEP_S)
        raise Conflict("idempotency_unfinished", "这份内容已经收到，请刷新查看结果")

    def _answer_of(self, row: IdempotencyKey) -> StoredAnswer | None:
        """The stored answer once it is there; 409 when the key was used for another body."""
        if row.fingerprint != self.fingerprint:
            raise Conflict("idempotency_mismatch", "这个请求编号已用于另一份内容")
        return None if row.status is None else StoredAnswer(row.status, row.body or "")

    def _row(self) -> IdempotencyKey | None:
        row: IdempotencyKey | None = IdempotencyKey.get_or_none(
            IdempotencyKey.caller_id == self.caller, IdempotencyKey.key == self.key
        )
        return row


def fingerprint(path: str, body: bytes) -> str:
    """What makes two requests the same: where they went and what they said."""
    return hashlib.sha256(path.encode() + b"\0" + body).hexdigest()


def purge_keys(*, now: datetime) -> int:
    """Forget keys older than two days; returns how many."""
    return delete_where(IdempotencyKey, IdempotencyKey.created_at < now - KEPT)
