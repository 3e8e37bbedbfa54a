"""The check of an order's text: the platform's verdict, and people who decide where it does not."""

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from backend.core import audit
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict, Forbidden
from backend.core.pages import Page, PageQuery, cursor_number, page_by_id
from backend.messaging import outbox
from backend.people.access import require
from backend.people.models import Organization
from backend.people.permissions import Caller, Right
from backend.service.models import Moderation, ServiceOrder
from backend.service.orders.facts import order_facts, people_of
from backend.service.orders.loading import order_not_found, read_case_by_id
from backend.service.orders.shapes import ModerationItem
from backend.service.orders.workflow import OPEN

Verdict = Literal["pass", "review", "risky"]
OUTCOMES = {"pass": Moderation.PASSED, "review": Moderation.REVIEW, "risky": Moderation.REFUSED}
UNDECIDED = (Moderation.PENDING, Moderation.REVIEW, Moderation.REFUSED)
TOPICS = {Moderation.REVIEW: "order.text_review", Moderation.REFUSED: "order.text_refused"}
REMEDY = "请撤回这张工单，修改文字后重新提交；也可以请社区工作人员代为填写。"
UTC_ZONE = ZoneInfo("UTC")


def record_verdict(order_id: int, verdict: Verdict, *, now: datetime) -> None:
    """Apply the platform's answer. Only a pending text changes: a second answer, or one that comes after a
    person has decided, does nothing."""

    def work() -> None:
        outcome = OUTCOMES[verdict]
        pending = (ServiceOrder.id == order_id) & (ServiceOrder.moderation == Moderation.PENDING)
        if ServiceOrder.update(moderation=outcome).where(pending).execute():
            _tell(order_id, outcome, None, now=now)

    in_unit_of_work(work)


def decide_text(number: str, *, passed: bool, note: str | None, caller: Caller, now: datetime) -> None:
    """A person lets a text pass or refuses it; 409 when it stands so already."""

    def work() -> None:
        order = _order_to_moderate(number, caller)
        outcome = Moderation.PASSED if passed else Moderation.REFUSED
        other = (ServiceOrder.id == order.id) & (ServiceOrder.moderation != outcome)
        update_exactly_one(ServiceOrder.update(moderation=outcome).where(other), lost=_decided)
        audit.record(
            f"order.text_{outcome}",
            audit.Subject(f"order:{number}", order.organization.id, order.requester_id),
            actor_id=caller.account_id,
            purpose=note or "人工审核工单文字",
            now=now,
        )
        _tell(order.id, outcome, note, now=now)

    in_unit_of_work(work)


def list_texts(query: PageQuery, *, caller: Caller) -> Page[ModerationItem]:
    """Texts of open orders that nothing has passed yet, oldest first."""
    places = [int(path.split(".")[-2]) for path, _ in caller.paths(Right.MODERATE)]
    if not places:
        raise Forbidden()
    rows = (
        ServiceOrder.select(ServiceOrder, Organization)
        .join(Organization)
        .where(
            ServiceOrder.organization.in_(places),
            ServiceOrder.moderation.in_(UNDECIDED),
            ServiceOrder.state.in_(list(OPEN)),
        )
        .order_by(ServiceOrder.id)
        .limit(query.limit + 1)
    )
    after = cursor_number(query.cursor)
    if after is not None:
        rows = rows.where(ServiceOrder.id > after)
    found, cursor = page_by_id(list(rows), query.limit)
    return Page([_item(row) for row in found], cursor)


def _item(row: ServiceOrder) -> ModerationItem:
    return ModerationItem(
        id=row.number,
        subject="service_order",
        state=Moderation(row.moderation),
        title=row.title,
        text=row.description,
        organization=row.organization.code,
        created_at=row.created_at,
    )


def _order_to_moderate(number: str, caller: Caller) -> ServiceOrder:
    order: ServiceOrder | None = (
        ServiceOrder.select(ServiceOrder.id, ServiceOrder.requester, Organization)
        .join(Organization)
        .where(ServiceOrder.number == number)
        .first()
    )
    if order is None:
        raise order_not_found()
    require(caller, Right.MODERATE, order.organization, see=Right.HANDLE_ORDERS)
    return order


def _decided() -> Conflict:
    return Conflict("already_decided", "这段文字已经这样处理过了")


def _tell(order_id: int, outcome: Moderation, note: str | None, *, now: datetime) -> None:
    """Who wrote a refused text learns what to do, the dispatchers that one waits for them."""
    topic = TOPICS.get(outcome)
    if topic is None:
        return
    order = read_case_by_id(order_id, timezone=UTC_ZONE, now=now).order
    outbox.enqueue(
        topic,
        order_facts(order, at=now, timezone=UTC_ZONE) | {"note": note or REMEDY},
        key=f"order-text:{order_id}:{outcome}:{order.version}:{now:%Y%m%dT%H%M%S%f}",
        organization_id=order.organization_id,
        people=people_of(order),
        now=now,
    )
