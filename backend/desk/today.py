"""What waits for the caller today: one screen, nothing that does not wait."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from flask import url_for

from backend.branch_life.activities import reading as activities
from backend.branch_life.activities.schemas import ActivityQuery
from backend.branch_life.duties import reading as duties
from backend.branch_life.duties.models import DutyState
from backend.branch_life.duties.schemas import DutyQuery
from backend.core.http import now, settings
from backend.core.pages import Page, PageQuery
from backend.desk.frame import bp, page, show
from backend.desk.navigation import home_of
from backend.desk.wording import day, local
from backend.learning.lessons.calendar import show_calendar
from backend.membership.away import reading as flows
from backend.membership.away import watches
from backend.membership.away.schemas import FlowQuery, WatchQuery
from backend.membership.away.workflow import FlowState
from backend.membership.claims import reading as claims
from backend.membership.claims.models import ClaimState
from backend.membership.claims.schemas import ClaimQuery
from backend.membership.corrections.models import CorrectionState
from backend.membership.corrections.schemas import CorrectionQuery
from backend.membership.corrections.service import list_corrections
from backend.membership.transfers.models import TransferState
from backend.membership.transfers.reading import list_transfers
from backend.membership.transfers.schemas import TransferQuery
from backend.messaging import forwards
from backend.messaging.schemas import ForwardQuery
from backend.people.caller import current_caller
from backend.people.permissions import Caller, Right
from backend.service.orders import boxes, moderation
from backend.service.orders.schemas import Box
from backend.service.report_ins.models import ReportInState
from backend.service.report_ins.reading import list_of_community
from backend.service.report_ins.schemas import ReportInQuery

MOST_LINES = 4
SUNDAYS = 4
# queues that wait for somebody, in the order of their urgency
WAITING = {
    Box.OVERDUE: ("工单已超时", "先处理这些，时限已经过了"),
    Box.TO_ACCEPT: ("工单待受理", "居民在等一句答复"),
    Box.TO_DISPATCH: ("工单待派单", "已受理，还没有人办"),
    Box.RETURNED: ("工单被退回", "看看原因，改派给谁"),
    Box.TO_FOLLOW_UP: ("工单待回访", "问一问，事情办好了没有"),
}


@dataclass(frozen=True)
class Waiting:
    """One thing that waits: how much of it, where to go, and the first few of it."""

    title: str
    count: str
    hint: str
    go: str
    lines: list[str] = field(default_factory=list)


@bp.get("/")
@page()
def today() -> str:
    """What waits, the most urgent first."""
    caller = current_caller()
    waiting = [one for look in LOOKS for one in look(caller)]
    return show("today.html", waiting=waiting, home=home_of(caller, *Right))


def _orders(caller: Caller) -> Iterator[Waiting]:
    if not (caller.paths(Right.HANDLE_ORDERS) or caller.paths(Right.SEE_ORDERS)):
        return
    counts = boxes.count_boxes(caller=caller, timezone=settings().timezone, now=now(), wanted=tuple(WAITING)).root
    for box, (title, hint) in WAITING.items():
        if counts.get(box):
            yield Waiting(title, str(counts[box]), hint, url_for("desk.board", box=box.value))


def _texts(caller: Caller) -> Iterator[Waiting]:
    if caller.paths(Right.MODERATE):
        found = moderation.list_waiting(PageQuery(limit=MOST_LINES), caller=caller, now=now())
        if found.items:
            yield Waiting(
                "内容待审核",
                _many(len(found.items), found.next_cursor),
                "通过以后才能派单、才会让别人看到",
                url_for("desk.moderation"),
                [one.title for one in found.items],
            )


def _claims(caller: Caller) -> Iterator[Waiting]:
    home = home_of(caller, Right.DECIDE_CLAIMS)
    if home is not None:
        query = ClaimQuery(state=ClaimState.SUBMITTED, limit=MOST_LINES)
        found = claims.branch_claims(caller, home.code, query)
        if found.items:
            lines = [f"{one.name}（{local(one.submitted_at)}）" for one in found.items]
            count = _many(len(found.items), found.next_cursor)
            yield Waiting("党员身份待认领审批", count, "核对后绑定到名册", url_for("desk.claims"), lines)


def _pleas(caller: Caller) -> Iterator[Waiting]:
    """Members who come, go, or ask for something: four kinds on one card."""
    home = home_of(caller, Right.KEEP_ROSTER)
    if home is None or not caller.may(Right.DECIDE_CLAIMS, home.path):
        return
    found = [(label, *look(caller, home.code)) for label, look in PLEAS.items()]
    lines = [f"{label} {_many(count, more)}" for label, count, more in found if count]
    if lines:
        total = sum(count for _, count, _ in found)
        more = next((more for *_, more in found if more), None)
        yield Waiting("党员的申请", _many(total, more), "转接、报到、更正、失联查找", url_for("desk.pleas"), lines)


def _transfers(caller: Caller, code: str) -> tuple[int, str | None]:
    query = TransferQuery(side="received", state=TransferState.ASKED, limit=MOST_LINES)
    return _size(list_transfers(caller, code, query))


def _report_ins(caller: Caller, code: str) -> tuple[int, str | None]:
    query = ReportInQuery(state=ReportInState.REPORTED, limit=MOST_LINES)
    return _size(list_of_community(caller, code, query))


def _corrections(caller: Caller, code: str) -> tuple[int, str | None]:
    query = CorrectionQuery(state=CorrectionState.ASKED, limit=MOST_LINES)
    return _size(list_corrections(caller, code, query))


def _watches(caller: Caller, code: str) -> tuple[int, str | None]:
    return _size(watches.list_of_organization(caller, code, WatchQuery(limit=MOST_LINES)))


def _size(found: Page[Any]) -> tuple[int, str | None]:
    return len(found.items), found.next_cursor


PLEAS: dict[str, Callable[[Caller, str], tuple[int, str | None]]] = {
    "组织关系转入": _transfers,
    "双报到待确认": _report_ins,
    "名册更正": _corrections,
    "失联查找": _watches,
}
# where the next word is ours: of our own members, and of those who come to us
OUR_TURN: tuple[tuple[Literal["home", "host"], FlowState, str], ...] = (
    ("home", FlowState.PLANNED, "拟外出，等支部登记"),
    ("home", FlowState.ARRIVED, "已在外报到，等支部确认"),
    ("home", FlowState.RETURNING, "拟返回，等支部评价"),
    ("host", FlowState.REPORTED_IN, "来报到，等支部接收"),
)


def _flows(caller: Caller) -> Iterator[Waiting]:
    home = home_of(caller, Right.SEE_FLOATING)
    if home is None or not caller.may(Right.DECIDE_CLAIMS, home.path):
        return
    found = [
        (label, one)
        for side, state, label in OUR_TURN
        for one in flows.list_of_organization(
            caller, home.code, FlowQuery(side=side, state=state, limit=MOST_LINES)
        ).items
    ]
    if found:
        lines = [f"{one.member.name}：{label}" for label, one in found[:MOST_LINES]]
        yield Waiting("流动党员待办", str(len(found)), "轮到支部表态的", url_for("desk.away"), lines)


def _duties(caller: Caller) -> Iterator[Waiting]:
    home = home_of(caller, Right.PLAN_ACTIVITIES)
    if home is not None:
        found = duties.list_duties(
            caller, home.code, DutyQuery(limit=50), timezone=settings().timezone, now=now()
        ).items
        owed = [one for one in found if one.state is DutyState.DUE and one.activity is None]
        if owed:
            lines = [f"{one.kind_label}：{day(one.due_on)}前" for one in owed[:MOST_LINES]]
            yield Waiting("组织生活还没安排", str(len(owed)), "按规定本期应开展", url_for("desk.duties"), lines)


def _activities(caller: Caller) -> Iterator[Waiting]:
    home = home_of(caller, Right.KEEP_ROLL)
    if home is not None:
        query = ActivityQuery(organization=home.code, when="coming", limit=MOST_LINES)
        found = activities.list_activities(caller, query, now=now()).items
        lines = [f"{local(one.starts_at)} {one.title}" for one in found]
        if found:
            yield Waiting("近期活动", str(len(found)), "到点放签到码、点名", url_for("desk.activities"), lines)


def _sundays(caller: Caller) -> Iterator[Waiting]:
    home = home_of(caller, Right.REVIEW_LESSONS)
    if home is not None:
        shown = show_calendar(home.code, caller=caller, timezone=settings().timezone, now=now())
        gaps = [one for one in shown.sundays[:SUNDAYS] if one.gap and not one.above]
        if gaps:
            lines = [day(one.publish_on) for one in gaps]
            yield Waiting("周日还没有党课", str(len(gaps)), "四周内的空档", url_for("desk.lessons"), lines)


def _forwards(caller: Caller) -> Iterator[Waiting]:
    found = forwards.list_forwards(caller, ForwardQuery(limit=MOST_LINES))
    if found.items:
        count = _many(len(found.items), found.next_cursor)
        yield Waiting("消息待转发到群", count, "机器人进不了的微信群，请在手机上转发", url_for("desk.forwards"))


def _many(count: int, more: str | None) -> str:
    return f"{count}+" if more else str(count)


LOOKS: tuple[Callable[[Caller], Iterator[Waiting]], ...] = (
    _orders,
    _texts,
    _claims,
    _pleas,
    _flows,
    _duties,
    _activities,
    _sundays,
    _forwards,
)
