"""The check of an order's text: the platform's verdict; and people who decide about texts and files alike."""

import re
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core import audit
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict
from backend.core.pages import Page, PageQuery, bad_cursor, read_cursor, write_cursor
from backend.media.checking import decide_media, kind_name, waiting_media
from backend.media.links import link_to
from backend.media.models import Media, MediaKind, MediaState
from backend.messaging import outbox
from backend.people.access import no_post, require
from backend.people.models import Organization
from backend.people.permissions import Caller, Right
from backend.service.models import Moderation, ServiceOrder
from backend.service.orders.facts import order_facts, people_of
from backend.service.orders.loading import order_not_found, read_case_by_id
from backend.service.orders.shapes import ModeratedFile, ModerationItem
from backend.service.orders.workflow import OPEN
from backend.service.timers.clocks import OrderKey

Verdict = Literal["pass", "review", "risky"]
OUTCOMES = {"pass": Moderation.PASSED, "review": Moderation.REVIEW, "risky": Moderation.REFUSED}
UNDECIDED = (Moderation.PENDING, Moderation.REVIEW, Moderation.REFUSED)
TOPICS = {Moderation.REVIEW: "order.text_review", Moderation.REFUSED: "order.text_refused"}
REMEDY = "请撤回这张工单，修改文字后重新提交；也可以请社区工作人员代为填写。"
ORDER_NUMBER = r"[0-9]{6}-[0-9]{6}"
TEXTS, FILES = "text", "file"
UTC_ZONE = ZoneInfo("UTC")


def record_verdict(order: OrderKey, verdict: Verdict, *, now: datetime) -> None:
    """Apply the platform's answer. Only a pending text changes: a second answer, or one that comes after a
    person has decided, does nothing."""
    asked_for = ServiceOrder.number == order if isinstance(order, str) else ServiceOrder.id == order

    def work() -> None:
        outcome = OUTCOMES[verdict]
        row = ServiceOrder.select(ServiceOrder.id).where(asked_for).first()
        if row is None:
            return
        pending = (ServiceOrder.id == row.id) & (ServiceOrder.moderation == Moderation.PENDING)
        if ServiceOrder.update(moderation=outcome).where(pending).execute():
            _tell(row.id, outcome, None, now=now)

    in_unit_of_work(work)


def decide(subject_id: str, *, passed: bool, note: str | None, caller: Caller, now: datetime) -> None:
    """A person lets a text (by the order's number) or a file pass, or refuses it; 409 when it stands so already."""
    by_kind = _decide_text if re.fullmatch(ORDER_NUMBER, subject_id) else decide_media
    in_unit_of_work(lambda: by_kind(subject_id, passed=passed, note=note, caller=caller, now=now))


def _decide_text(number: str, *, passed: bool, note: str | None, caller: Caller, now: datetime) -> None:
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


def list_waiting(query: PageQuery, *, caller: Caller, now: datetime) -> Page[ModerationItem]:
    """Texts of open orders that nothing has passed yet, oldest first; after the last one, files."""
    places = [int(path.split(".")[-2]) for path, _ in caller.paths(Right.MODERATE)]
    if not places:
        raise no_post()
    files_only, after = _position(query.cursor)
    found = [] if files_only else [(TEXTS, row.id, _text_item(row)) for row in _texts(places, after, query.limit + 1)]
    room = query.limit + 1 - len(found)
    files = waiting_media(places, after=after if files_only else 0, limit=room, now=now) if room else []
    found += [(FILES, media.id, _file_item(media, now)) for media in files]
    shown = found[: query.limit]
    cursor = write_cursor(*shown[-1][:2]) if len(found) > query.limit else None
    return Page([item for _, _, item in shown], cursor)


def _position(cursor: str | None) -> tuple[bool, int]:
    """Whether the texts are behind us, and the id after which to go on."""
    if cursor is None:
        return False, 0
    kind, number = read_cursor(cursor, 2)
    if kind not in {TEXTS, FILES} or not re.fullmatch(r"[0-9]{1,18}", number):
        raise bad_cursor()
    return kind == FILES, int(number)


def _texts(places: list[int], after: int, limit: int) -> list[ServiceOrder]:
    rows: pw.ModelSelect[ServiceOrder] = (
        ServiceOrder.select(ServiceOrder, Organization)
        .join(Organization)
        .where(
            ServiceOrder.organization.in_(places),
            ServiceOrder.moderation.in_(UNDECIDED),
            ServiceOrder.state.in_(list(OPEN)),
            ServiceOrder.id > after,
        )
        .order_by(ServiceOrder.id)
        .limit(limit)
    )
    return list(rows)


def _text_item(row: ServiceOrder) -> ModerationItem:
    return ModerationItem(
        id=row.number,
        subject="service_order",
        state=Moderation(row.moderation).value,
        title=row.title,
        text=row.description,
        file=None,
        organization=row.organization.code,
        created_at=row.created_at,
    )


def _file_item(media: Media, now: datetime) -> ModerationItem:
    assert media.attached_at is not None
    assert media.organization is not None
    return ModerationItem(
        id=media.public_id,
        subject="media",
        state=MediaState(media.moderation).value,
        title=kind_name(media),
        text="",
        file=ModeratedFile(kind=MediaKind(media.kind), url=link_to(media, now=now) or ""),
        organization=media.organization.code,
        created_at=media.attached_at,
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
