"""What the chat answers to each wish, in Chinese, with links; reads, and never writes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from backend.branch_life.activities.models import ActivityState
from backend.branch_life.activities.reading import list_activities
from backend.branch_life.activities.schemas import ActivityQuery, ActivityShape
from backend.chat import links
from backend.chat.links import Links
from backend.chat.words import WORDS, Wish
from backend.core.clock import local_day
from backend.learning.lessons.schemas import LessonBrief, LessonQuery
from backend.learning.lessons.service import Actor
from backend.learning.lessons.views import list_lessons
from backend.people.permissions import Caller
from backend.service.models import ServiceOrder, ServiceType
from backend.service.orders.workflow import OPEN, STATE_LABELS, State

SHOWN = 3
A_WEEK = timedelta(days=7)
LONGEST_DRAFT = 60  # twice in a link, nine bytes a character, and the platform takes 2,048 bytes
TOLD = (Wish.CHECK_IN, Wish.ORDER, Wish.PROGRESS, Wish.LESSON, Wish.HELP)


@dataclass(frozen=True)
class Asked:
    """Who asks what, and when; `caller` is None for somebody whom we do not know by this account."""

    text: str
    caller: Caller | None
    links: Links
    timezone: ZoneInfo
    now: datetime

    def at(self, instant: datetime) -> str:
        """An instant as a person reads it: 11月29日 08:00."""
        return f"{instant.astimezone(self.timezone):%m月%d日 %H:%M}"


def help_text(asked: Asked) -> str:
    """What the chat can do."""
    words = "、".join(f"“{WORDS[wish][0]}”" for wish in TOLD)
    return (
        f"您好，这里是支部服务号。回复{words}，我就把对应的页面发给您；"
        f"也可以直接写下需要帮忙的事。\n{asked.links.to(links.HOME, '打开小程序')}"
    )


def check_in_text(asked: Asked) -> str:
    """The activities of today that can be checked in to."""
    found = [one for one in _coming(asked) if _is_today(one, asked)]
    if not found:
        link = asked.links.to(links.ACTIVITIES, "查看近期活动")
        return f"今天没有需要您签到的活动。到场后也可以在小程序里扫会场的二维码签到。\n{link}"
    lines = [
        f"{one.kind_label}“{one.title}”，{asked.at(one.starts_at)}，{one.place.text}\n"
        + asked.links.to(links.ACTIVITY, "已签到，查看" if one.own.check_in else "去签到", id=one.id)
        for one in found[:SHOWN]
    ]
    return "\n".join(lines)


def _coming(asked: Asked) -> list[ActivityShape]:
    if asked.caller is None or asked.caller.member_id is None:
        return []
    return list_activities(asked.caller, ActivityQuery(limit=20, when="coming"), now=asked.now).items


def _is_today(activity: ActivityShape, asked: Asked) -> bool:
    today = local_day(asked.now, asked.timezone)
    takes_place = activity.state is not ActivityState.CANCELLED and activity.own.invited
    return takes_place and local_day(activity.starts_at, asked.timezone) == today


def order_text(asked: Asked) -> str:
    """Where an order is written."""
    return f"说说您遇到的事，社区会尽快派人处理。\n{asked.links.to(links.NEW_ORDER, '填写诉求')}"


def progress_text(asked: Asked) -> str:
    """How far the person's own open orders are; kind and state, never the text."""
    found = _open_orders(asked.caller)
    if not found:
        return f"没有查到您正在办理的诉求。\n{asked.links.to(links.ORDERS, '查看全部工单')}"
    lines = [
        f"{order.service_type.name}（{order.number}）：{STATE_LABELS[State(order.state)]}\n"
        + asked.links.to(links.ORDER, "查看详情", number=order.number)
        for order in found
    ]
    return "\n".join(lines)


def _open_orders(caller: Caller | None) -> list[ServiceOrder]:
    if caller is None:
        return []
    return list(
        ServiceOrder.select(ServiceOrder.number, ServiceOrder.state, ServiceType)
        .join(ServiceType)
        .where(ServiceOrder.requester == caller.account_id, ServiceOrder.state.in_(list(OPEN)))
        .order_by(ServiceOrder.id.desc())
        .limit(SHOWN)
    )


def lesson_text(asked: Asked) -> str:
    """This week's lesson for the person, or the latest one."""
    lesson = _latest_lesson(asked)
    if lesson is None:
        return f"党课每周日更新，打开小程序就能收听。\n{asked.links.to(links.LESSONS, '党课星期天')}"
    is_new = lesson.published_at is not None and asked.now - lesson.published_at < A_WEEK
    head = "本周党课" if is_new else "本周党课还没有更新，最近一课是"
    minutes = max(round(lesson.duration_s / 60), 1)
    link = asked.links.to(links.LESSON, "现在收听", id=lesson.id)
    return f"{head}《{lesson.title}》，主讲：{lesson.lecturer}，约 {minutes} 分钟。\n{link}"


def _latest_lesson(asked: Asked) -> LessonBrief | None:
    if asked.caller is None:
        return None
    actor = Actor(asked.caller, asked.timezone, asked.now)
    found: list[LessonBrief] = list_lessons(LessonQuery(limit=1), actor).items
    return found[0] if found else None


def draft_text(asked: Asked) -> str:
    """The person's own words, put into the form behind a link; nothing is kept unless the form is handed in."""
    words = " ".join(asked.text.split())
    draft = words[:LONGEST_DRAFT]
    more = "" if draft == words else f"（表单里先填了前 {LONGEST_DRAFT} 个字，其余请补上）"
    link = asked.links.to(links.NEW_ORDER, "点这里确认并提交", draft=draft)
    return f"您是想请社区帮忙吗？我已把您的话填进诉求单，点开核对后提交才会受理。{more}\n{link}"


ANSWERS: Mapping[Wish, Callable[[Asked], str]] = {
    Wish.CHECK_IN: check_in_text,
    Wish.ORDER: order_text,
    Wish.PROGRESS: progress_text,
    Wish.LESSON: lesson_text,
    Wish.HELP: help_text,
    Wish.DRAFT: draft_text,
}
