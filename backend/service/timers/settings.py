"""The allowances of an organisation: read with their basis and versions, set from a day on, taken back."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import peewee as pw

from backend.core import audit, reference
from backend.core.database import in_unit_of_work
from backend.core.errors import NotFound, invalid_field
from backend.people.access import find_organization, require
from backend.people.directory import brief
from backend.people.models import Organization
from backend.people.permissions import Caller, Right
from backend.service.catalogue.listing import kinds_at, versions_of
from backend.service.models import Priority, ServiceType, Stage, TimerRule
from backend.service.orders.labels import STAGE_LABELS
from backend.service.timers.rules import DAY, HOUR, OFFICE_DAY
from backend.service.timers.schemas import SetTimer, TimerShape, Unit
from backend.workdays.calendar import Pace

SCALES = {
    Unit.MINUTES: (1, Pace.NATURAL),
    Unit.HOURS: (HOUR, Pace.NATURAL),
    Unit.DAYS: (DAY, Pace.NATURAL),
    Unit.WORKING_HOURS: (HOUR, Pace.WORKING_HOURS),
    Unit.WORKING_DAYS: (DAY, Pace.WORKING_DAYS),
}
LONGEST = 366 * DAY
CHANGED = "timer.changed"


def list_timers(code: str, *, today: date) -> list[TimerShape]:
    """Every row that holds, held or will hold in an organisation, the nearest organisation's last; no secret."""
    organization = find_organization(code)
    above = [int(step) for step in organization.path.split(".")[:-1]]
    here = TimerRule.organization.is_null() | TimerRule.organization.in_(above)
    rows = sorted(_rows().where(here).order_by(TimerRule.id), key=_depth)
    names = {kind.code: kind.name for kind in kinds_at(organization.path)}
    return [_shape(row, today, names) for row in rows]


def _depth(row: Any) -> int:
    return row.organization.path.count(".") if row.organization else 0


def set_timer(caller: Caller, code: str, body: SetTimer, *, today: date, now: datetime) -> TimerShape:
    """Set an allowance from a day on; the organisation's own row before it ends the day before.

    Clocks that run already keep their instant; those that start from that day on count by it.
    """
    organization = _find_to_keep(caller, code)
    factor, pace = SCALES[body.unit]
    if body.starts_on < today:
        raise invalid_field("starts_on", "day_past", "请选今天或以后的日期，过去的时限不能改")
    if body.amount * factor > LONGEST:
        raise invalid_field("amount", "too_long", "时限最长一年")
    kind = _kind(body.service_type, organization)
    same = (
        (TimerRule.organization == organization.id)
        & (TimerRule.stage == body.stage)
        & (TimerRule.priority == body.priority)
        & (TimerRule.service_type.in_(versions_of(kind.code)) if kind else TimerRule.service_type.is_null())
    )

    def work() -> int:
        _end(same, body.starts_on)
        row = TimerRule.create(
            stage=body.stage,
            priority=body.priority,
            service_type=kind,
            organization=organization,
            minutes=body.amount * factor,
            pace=pace,
            source=body.source,
            starts_on=body.starts_on,
        )
        reference.changed()
        _note(caller, organization, f"{_words(row, kind)}，{body.starts_on} 起；依据：{body.source}", now)
        return int(row.id)

    return _shape(_rows().where(TimerRule.id == in_unit_of_work(work)).get(), today)


def withdraw_timer(caller: Caller, code: str, timer_id: str, *, today: date, now: datetime) -> None:
    """Let the row of an organisation above, or the default, hold again from today on."""
    organization = _find_to_keep(caller, code)
    own = TimerRule.organization == organization.id
    row = _rows().where(own, TimerRule.id == timer_id).first() if timer_id.isdecimal() else None
    if row is None or (row.ends_on is not None and row.ends_on < today):
        raise NotFound("timer_not_found", "没有这条时限，或已经停用")

    def work() -> None:
        _end(own & (TimerRule.id == row.id), today)
        _note(caller, organization, f"{_words(row, row.service_type)}，停用，改用上一级或默认的时限", now)

    in_unit_of_work(work)


def _end(rows: pw.Expression, day: date) -> None:
    """What began before a day counts until the day before; what was to begin later never does."""
    TimerRule.delete().where(rows, TimerRule.starts_on >= day).execute()
    standing = TimerRule.ends_on.is_null() | (TimerRule.ends_on >= day)
    TimerRule.update(ends_on=day - timedelta(days=1)).where(rows, standing).execute()
    reference.changed()


def _kind(code: str | None, organization: Organization) -> Any:
    """The version that holds there; None where every kind is meant."""
    if code is None:
        return None
    kind = next((row for row in kinds_at(organization.path) if row.code == code), None)
    if kind is None:
        raise invalid_field("service_type", "unknown_type", "没有这个服务类别")
    return kind


def _find_to_keep(caller: Caller, code: str) -> Organization:
    organization = find_organization(code)
    require(caller, Right.KEEP_RULES, organization)
    return organization


def _note(caller: Caller, organization: Organization, words: str, now: datetime) -> None:
    subject = audit.Subject(f"organization:{organization.code}", organization.id)
    audit.record(CHANGED, subject, actor_id=caller.account_id, purpose=words[:200], now=now)


def _rows() -> Any:
    return (
        TimerRule.select(TimerRule, ServiceType, Organization)
        .join(ServiceType, pw.JOIN.LEFT_OUTER)
        .switch(TimerRule)
        .join(Organization, pw.JOIN.LEFT_OUTER)
    )


def _words(row: Any, kind: Any) -> str:
    scope = f"{kind.name}，" if kind else ""
    return f"{scope}{STAGE_LABELS[Stage(row.stage)]}（{row.priority} 级）：{spoken(row.minutes, Pace(row.pace))}"


def spoken(minutes: int, pace: Pace) -> str:
    """An allowance as people say it: `4 小时`, `2 个工作日`."""
    if pace is Pace.WORKING_DAYS and minutes % DAY == 0:
        return f"{minutes // DAY} 个工作日"
    if pace is Pace.WORKING_HOURS:
        whole = minutes % OFFICE_DAY == 0
        return f"{minutes // OFFICE_DAY} 个工作日（按上班时间）" if whole else f"{minutes / HOUR:g} 个工作小时"
    if minutes % DAY == 0:
        return f"{minutes // DAY} 天"
    return f"{minutes // HOUR} 小时" if minutes % HOUR == 0 else f"{minutes} 分钟"


def _shape(row: Any, today: date, names: Mapping[str, str] = MappingProxyType({})) -> TimerShape:
    stage, pace, kind = Stage(row.stage), Pace(row.pace), row.service_type
    begun = row.starts_on is None or row.starts_on <= today
    return TimerShape(
        id=str(row.id),
        stage=stage,
        stage_label=STAGE_LABELS[stage],
        priority=Priority(row.priority),
        service_type=names.get(kind.code, kind.name) if kind else None,
        minutes=row.minutes,
        pace=pace,
        words=spoken(row.minutes, pace),
        source=row.source,
        organization=brief(row.organization) if row.organization else None,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        in_force=begun and (row.ends_on is None or row.ends_on >= today),
    )
