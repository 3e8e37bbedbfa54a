"""Who looked at or changed what concerns a person: append-only."""

from datetime import datetime

import peewee as pw

from backend.core.database import Record, UtcDateTimeField


class AuditEntry(Record):
    """One look at, or change of, something personal. `subject` names the thing, never its content."""

    id = pw.BigAutoField()
    at = UtcDateTimeField()
    actor_id = pw.BigIntegerField(null=True)
    action = pw.CharField(40)
    subject = pw.CharField(80, index=True)
    purpose = pw.CharField(200)


def record(action: str, subject: str, *, actor_id: int | None, purpose: str, now: datetime) -> None:
    """Append one entry; `purpose` says in words why it was needed."""
    AuditEntry.create(at=now, actor_id=actor_id, action=action, subject=subject, purpose=purpose)
