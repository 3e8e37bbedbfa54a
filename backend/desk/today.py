"""What waits for the caller today: one screen, nothing that does not wait; each box counted in one statement."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime

from flask import url_for

from backend.branch_life.waiting import coming_to, invitations_to, owed_by, requests_of
from backend.core.clock import local_day
from backend.core.database import sizes_of
from backend.core.http import now, settings
from backend.core.pages import PageQuery
from backend.desk.frame import bp, page, show
from backend.desk.navigation import home_of, places_of
from backend.desk.wording import day, local
from backend.learning.lessons.calendar import show_calendar
from backend.learning.surveys.waiting import short_surveys
from backend.membership.waiting import claims_of, pleas_of, stays_of
from backend.messaging.forwards import waiting_in
from backend.people.caller import current_caller
from backend.people.exemptions.service import asked_at
from backend.people.permissions import Caller, Right
from backend.service.orders import boxes, moderation
from backend.service.orders.schemas import Box
from backend.service.report_ins.reading import reported_to

MOST_LINES = 4
MOST_COUNTED = 100
SUNDAYS = 4
# queues that wait for somebody, in the order of their urgency
WAITING = {
    Box.OVERDUE: ("工单已超时", "先处理这些，时限已经过了"),
    Box.UNROUTED: ("工单待分网格", "居民说的地方不在任何网格里，请认一认"),
    Box.TO_ACCEPT: ("工单待受理", "居民在等一句答复"),
    Box.TO_CALL_BACK: ("待电话核实本人", "别人代填的，打个电话问问本人"),
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


def _today() -> date:
    return local_day(now(), settings().timezone)


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
            count = f"{len(found.items)}+" if found.next_cursor else str(len(found.items))
            hint = "通过以后才能派单、才会让别人看到"
            yield Waiting("内容待审核", count, hint, url_for("desk.moderation"), [one.title for one in found.items])


def _people(caller: Caller) -> Iterator[Waiting]:
    """Members who come, go, or ask for something: how many of each, and no names on a screen that anybody passes."""
    here, exempt = places_of(caller, Right.DECIDE_CLAIMS), places_of(caller, Right.KEEP_EXEMPTIONS)
    posts, life = places_of(caller, Right.MANAGE_GROUPS), places_of(caller, Right.KEEP_ROLL)
    pleas = {**pleas_of(here), "双报到待确认": reported_to(here)}
    stays, asked = stays_of(here), requests_of(life, now=now())
    found = sizes_of(
        {
            "claims": claims_of(here),
            "forwards": waiting_in(posts),
            "exemptions": asked_at(exempt),
            **pleas,
            **stays,
            **asked,
            "joint": invitations_to(places_of(caller, Right.PLAN_ACTIVITIES), now=now()),
        },
        most=MOST_COUNTED,
    )
    yield from _card("党员身份待认领审批", "核对后绑定到名册", "desk.claims", found["claims"])
    yield from _listed("党员的申请", "转接、报到、更正、失联查找", "desk.pleas", _some(found, pleas))
    yield from _card("免予考核待审批", "年老体弱党员，由另一位班子成员审批", "desk.exemptions", found["exemptions"])
    yield from _listed("流动党员待办", "轮到支部表态的", "desk.away", _some(found, stays))
    yield from _listed("请假和补签", "请在活动页里审批", "desk.activities", _some(found, asked))
    yield from _card("联合活动的邀请", "同意后本支部党员会收到通知", "desk.activities", found["joint"])
    yield from _card("消息待转发到群", "机器人进不了的微信群，请在手机上转发", "desk.forwards", found["forwards"])


def _some(found: dict[str, int], names: Collection[str]) -> dict[str, int]:
    return {name: count for name, count in found.items() if count and name in names}


def _card(title: str, hint: str, endpoint: str, count: int) -> Iterator[Waiting]:
    if count:
        yield Waiting(title, _many(count), hint, url_for(endpoint))


def _listed(title: str, hint: str, endpoint: str, found: dict[str, int]) -> Iterator[Waiting]:
    if found:
        lines = [f"{label} {_many(count)}" for label, count in found.items()]
        yield Waiting(title, _many(sum(found.values())), hint, url_for(endpoint), lines)


def _many(count: int) -> str:
    return f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else str(count)


def _life(caller: Caller) -> Iterator[Waiting]:
    owed = owed_by(places_of(caller, Right.PLAN_ACTIVITIES), today=_today())
    if owed:
        lines = [f"{label}：{day(due_on)}前" for label, due_on in owed[:MOST_LINES]]
        yield Waiting("组织生活还没安排", str(len(owed)), "按规定本期应开展", url_for("desk.duties"), lines)
    coming: list[tuple[datetime, str]] = coming_to(places_of(caller, Right.KEEP_ROLL), MOST_LINES, now=now())
    if coming:
        lines = [f"{local(starts_at)} {title}" for starts_at, title in coming]
        yield Waiting("近期活动", str(len(coming)), "到点放签到码、点名", url_for("desk.activities"), lines)


def _sundays(caller: Caller) -> Iterator[Waiting]:
    home = home_of(caller, Right.REVIEW_LESSONS)
    if home is not None:
        shown = show_calendar(home.code, caller=caller, timezone=settings().timezone, now=now())
        gaps = [one for one in shown.sundays[:SUNDAYS] if one.gap and not one.above]
        if gaps:
            lines = [day(one.publish_on) for one in gaps]
            yield Waiting("周日还没有党课", str(len(gaps)), "四周内的空档", url_for("desk.lessons"), lines)


def _surveys(caller: Caller) -> Iterator[Waiting]:
    short = short_surveys(places_of(caller, Right.KEEP_ROLL), timezone=settings().timezone, now=now())
    found = {survey for surveys in short.values() for survey in surveys}
    if found:
        lines = [f"{title}：{local(ends_at)} 截止" for title, ends_at in sorted(found, key=lambda one: one[1])]
        hint = "见面时提醒一句，填够比例就不再提示"
        yield Waiting("需求调研还没填够", str(len(found)), hint, url_for("desk.surveys"), lines[:MOST_LINES])


LOOKS: tuple[Callable[[Caller], Iterator[Waiting]], ...] = (_orders, _texts, _people, _life, _sundays, _surveys)
