"""Asking to be erased, changing one's mind, and the erasure itself (个人信息保护法 §47, §50)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import peewee as pw

from backend.core import audit
from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import AppError, Conflict, NotFound, invalid_field
from backend.membership.erasures.models import ErasureRequest, ErasureState
from backend.membership.erasures.rules import GRACE
from backend.membership.erasures.schemas import AskErasure, ErasureOutlook, ErasureShape, KeptData
from backend.messaging import outbox
from backend.people.held import Held, erase_held, person_of
from backend.people.models import Account
from backend.people.permissions import Caller

ERASED_NAME = "已注销用户"
STATE_LABELS = {
    ErasureState.ASKED: "已申请，到期前可以撤回",
    ErasureState.CANCELLED: "已撤回",
    ErasureState.DONE: "已注销",
}
ALWAYS_ERASED = "姓名、手机号和所在社区"
AUDIT_LOG = KeptData(
    what="审计记录",
    ground="谁查看过、改动过个人信息须留存备查（《网络安全法》第二十一条、《个人信息保护法》第五十六条）",
)


@dataclass(frozen=True)
class Reach:
    """What an erasure has to look at: all that is held, and what may stand in its way."""

    held: Sequence[Held]
    hindrances: Sequence[Callable[..., AppError | None]]

    def refuse_if_hindered(self, account_id: int, *, now: datetime) -> None:
        """Raise what stands in the way."""
        for hindrance in self.hindrances:
            error = hindrance(account_id, now=now)
            if error is not None:
                raise error


def outlook(caller: Caller, reach: Reach) -> ErasureOutlook:
    """What would go, what would stay and why, and the requests so far."""
    rows = ErasureRequest.select().where(ErasureRequest.account == caller.account_id)
    kept = [KeptData(what=one.label, ground=one.fate.kept_for) for one in reach.held if one.fate.kept_for]
    return ErasureOutlook(
        erased=[ALWAYS_ERASED, *(one.label for one in reach.held if one.fate.kept_for is None)],
        kept=[*kept, AUDIT_LOG],
        grace_days=GRACE.value.days,
        requests=[shape(row) for row in rows.order_by(ErasureRequest.id.desc())],
    )


def ask_erasure(caller: Caller, body: AskErasure, reach: Reach, *, now: datetime) -> ErasureShape:
    """Ask; 409 while posts are held, orders are open, or one request waits already."""
    if not body.understood:
        raise invalid_field("understood", "not_understood", "请先阅读注销后会删除什么、保留什么")
    reach.refuse_if_hindered(caller.account_id, now=now)

    def work() -> ErasureRequest:
        request: ErasureRequest = ErasureRequest.create(
            public_id=new_public_id(),
            account=caller.account_id,
            waiting=1,
            state=ErasureState.ASKED,
            asked_at=now,
            due_at=now + GRACE.value,
        )
        _note("me.erasure_asked", caller, "本人申请注销", now)
        _tell("erasure.asked", request, now)
        return request

    try:
        return shape(in_unit_of_work(work))
    except pw.IntegrityError:
        raise Conflict("erasure_under_way", "您已经申请过注销，到期前可以撤回") from None


def cancel_erasure(caller: Caller, public_id: str, *, now: datetime) -> ErasureShape:
    """Change one's mind within the week; 404 for a request of somebody else, 409 for one that is over."""
    request = ErasureRequest.get_or_none(
        ErasureRequest.public_id == public_id, ErasureRequest.account == caller.account_id
    )
    if request is None:
        raise NotFound()

    def work() -> None:
        waiting = (ErasureRequest.id == request.id) & (ErasureRequest.state == ErasureState.ASKED)
        cancelled = ErasureRequest.update(state=ErasureState.CANCELLED, waiting=None, ended_at=now).where(waiting)
        update_exactly_one(cancelled, lost=lambda: Conflict("erasure_over", "这份申请已经撤回过了"))
        _note("me.erasure_cancelled", caller, "本人撤回注销申请", now)
        _tell("erasure.cancelled", request, now)

    in_unit_of_work(work)
    return shape(ErasureRequest.get_by_id(request.id))


def erase_account(request: ErasureRequest, reach: Reach, *, now: datetime) -> bool:
    """Everything at once, in one unit of work: rows deleted or blanked, log-ins ended, the name gone.

    False when the person has changed his mind meanwhile. Raises what stands in the way.
    """
    reach.refuse_if_hindered(request.account_id, now=now)

    def work() -> bool:
        still = (ErasureRequest.id == request.id) & (ErasureRequest.state == ErasureState.ASKED)
        if not ErasureRequest.update(state=ErasureState.DONE, waiting=None, ended_at=now).where(still).execute():
            return False
        account, whose = Account.get_by_id(request.account_id), person_of(request.account_id)
        subject = audit.Subject(f"account:{account.public_id}", account.organization_id, account.id)
        audit.record("account.erased", subject, actor_id=None, purpose="本人申请注销，期满执行", now=now)
        for one in reversed(reach.held):  # who leans on others goes first
            erase_held(one, whose)
        nameless = {"display_name": ERASED_NAME, "phone": None, "phone_index": None, "organization": None}
        Account.update(**nameless, last_seen_at=None).where(Account.id == account.id).execute()
        return True

    return in_unit_of_work(work)


def shape(row: ErasureRequest) -> ErasureShape:
    """A request as its asker sees it."""
    state = ErasureState(row.state)
    return ErasureShape(
        id=row.public_id,
        state=state,
        state_label=STATE_LABELS[state],
        asked_at=row.asked_at,
        due_at=row.due_at,
        ended_at=row.ended_at,
    )


def _note(action: str, caller: Caller, purpose: str, now: datetime) -> None:
    subject = audit.Subject(f"account:{caller.public_id}", caller.branch_id, caller.account_id)
    audit.record(action, subject, actor_id=caller.account_id, purpose=purpose, now=now)


def _tell(topic: str, request: ErasureRequest, now: datetime) -> None:
    outbox.enqueue(
        topic,
        {"id": request.public_id, "due_at": request.due_at.isoformat(), "days": GRACE.value.days},
        key=f"{topic}:{request.public_id}",
        organization_id=None,
        people={"asker": [request.account_id]},
        now=now,
    )
