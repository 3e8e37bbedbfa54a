"""Showing a masked field of the roster in full (个人信息保护法 §51: access by need, and a record of it)."""

from datetime import datetime, timedelta

from backend.core import audit
from backend.core.audit import AuditEntry
from backend.core.crypto import opened
from backend.core.database import in_unit_of_work
from backend.core.errors import NotFound, TooMany
from backend.people.access import require
from backend.people.models import Member, Organization
from backend.people.permissions import Caller, Right
from backend.people.reveals.schemas import RevealedField, RevealField

ACTION = "member.reveal"
MOST_REVEALS = 30  # an hour, of one person: our own; a roster is exported with its own right and entry
WITHIN = timedelta(hours=1)
RIGHTS = {"phone": Right.SEE_MEMBERS, "identity_number": Right.KEEP_ROSTER}
LABELS = {"phone": "手机号", "identity_number": "身份证号"}


def reveal_field(caller: Caller, public_id: str, body: RevealField, *, now: datetime) -> RevealedField:
    """One field in full, logged first; 404 for members of others, 429 after thirty in an hour."""
    member = Member.select(Member, Organization).join(Organization).where(Member.public_id == public_id).first()
    if member is None:
        raise NotFound()
    require(caller, RIGHTS[body.field], member.organization, see=Right.SEE_MEMBERS)

    def work() -> None:
        _refuse_too_many(caller, now)
        subject = audit.Subject(f"member:{public_id}", member.organization_id, member.account_id)
        purpose = f"{LABELS[body.field]}：{body.purpose}"
        audit.record(ACTION, subject, actor_id=caller.account_id, purpose=purpose, now=now)

    in_unit_of_work(work)
    value = member.phone if body.field == "phone" else member.identity
    return RevealedField(field=body.field, value=opened(value))


def _refuse_too_many(caller: Caller, now: datetime) -> None:
    mine = (AuditEntry.actor_id == caller.account_id) & (AuditEntry.action == ACTION)
    recent = AuditEntry.select(AuditEntry.at).where(mine, AuditEntry.at > now - WITHIN).order_by(AuditEntry.at.desc())
    earliest = recent.offset(MOST_REVEALS - 1).limit(1).scalar()
    if earliest is not None:
        wait = earliest + WITHIN - now
        message = "一小时内查看得太多，请稍后再试；确需成批使用，请导出名册"
        raise TooMany("too_many_reveals", message, retry_after=int(wait.total_seconds()) + 1)
