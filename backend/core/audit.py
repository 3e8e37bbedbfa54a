"""Who looked at or changed what concerns a person: append-only, each entry sealed when it is written."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import peewee as pw

from backend.core.crypto import keyring
from backend.core.database import Record, UtcDateTimeField, insert_row, to_stored


class AuditEntry(Record):
    """One look at, or change of, something personal. `subject` names the thing, never its content.

    `organization_id` is whose auditors may read it, `about_id` the account of the person whom it concerns.
    `seal` proves that this system wrote it. `position` and `hash` are its link in the chain, set once by the bot
    (see `core.audit_chain`); nothing else of a row ever changes.
    """

    id = pw.BigAutoField()
    at = UtcDateTimeField(index=True)
    actor_id = pw.BigIntegerField(null=True)
    action = pw.CharField(40)
    subject = pw.CharField(80, index=True)
    purpose = pw.CharField(200)
    organization_id = pw.BigIntegerField(null=True)
    about_id = pw.BigIntegerField(null=True)
    seal = pw.FixedCharField(22, null=True)
    position = pw.BigIntegerField(null=True, unique=True)
    hash = pw.FixedCharField(64, null=True)

    class Meta:
        indexes = ((("about_id", "id"), False), (("actor_id", "id"), False))


class AuditHead(Record):
    """The end of the chain, one row: whoever moves it on holds the pen. `mac` is empty while it is empty.

    Entries up to `unsealed_up_to` were written before there were seals.
    """

    id = pw.BigAutoField()
    position = pw.BigIntegerField()
    hash = pw.FixedCharField(64)
    mac = pw.FixedCharField(22, null=True)
    unsealed_up_to = pw.BigIntegerField()


@dataclass(frozen=True)
class Subject:
    """What an entry is about: its name, whose organisation it belongs to, and which account's data it holds."""

    name: str
    organization_id: int | None = None
    account_id: int | None = None


SEAL = "audit entry"


def record(action: str, subject: str | Subject, *, actor_id: int | None, purpose: str, now: datetime) -> None:
    """Append one entry; `purpose` says in words why it was needed."""
    about = Subject(subject) if isinstance(subject, str) else subject
    content = (to_stored(now), actor_id, action, about.name, purpose, about.organization_id, about.account_id)
    insert_row(
        AuditEntry,
        at=now,
        actor_id=actor_id,
        action=action,
        subject=about.name,
        purpose=purpose,
        organization_id=about.organization_id,
        about_id=about.account_id,
        seal=keyring.sign(SEAL, canonical(content)),
    )


def canonical(content: tuple[Any, ...]) -> str:
    """The one text of an entry that seal and chain are computed from."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


TABLES = (AuditEntry, AuditHead)
