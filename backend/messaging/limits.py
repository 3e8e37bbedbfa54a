"""How much may be said, and when, as rows: quiet hours, the cap a day, the hour of a group's digest.

An organisation may set its own figures for itself and all below it. What is set above protects: below it, a figure
may only be made stricter.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from backend.core.clock import local_day
from backend.core.database import rows_of
from backend.messaging.models import MessageLimit, MessageLimitSetting
from backend.messaging.schemas import LimitShape
from backend.people.models import Organization
from backend.tally.rules import Rule

OWN_ADVICE = "本系统建议"
LIGHTNESS = "《关于防治“指尖上的形式主义”的若干意见》：减轻基层负担"

# code → figure, unit, source; the code's rows in the database win
DEFAULTS = {
    "quiet_from": Rule("21:30", "时刻", f"{OWN_ADVICE}：夜间不打扰（紧急工单除外）"),
    "quiet_until": Rule("07:30", "时刻", f"{OWN_ADVICE}：夜间不打扰（紧急工单除外）"),
    "daily_cap": Rule("5", "条/人/天", f"{OWN_ADVICE}：服务通知的上限，站内信不受影响；依据{LIGHTNESS}"),
    "digest_at": Rule("18:00", "时刻", f"{OWN_ADVICE}：同一群一天里不急的消息合并成一条"),
}
LABELS = {
    "quiet_from": "免打扰开始",
    "quiet_until": "免打扰结束",
    "daily_cap": "每人每天服务通知上限",
    "digest_at": "群消息汇总时刻",
}

# of the figures set along the way down to an organisation, the one that holds; the last one is the nearest
STRICTEST: Mapping[str, Callable[[Sequence[str]], str]] = {
    "quiet_from": min,
    "quiet_until": max,
    "daily_cap": partial(min, key=int),
    "digest_at": lambda values: values[-1],
}


@dataclass(frozen=True)
class Limits:
    """The figures in force; times of day are local."""

    quiet_from: time
    quiet_until: time
    daily_cap: int
    digest_at: time

    def opens_at(self, now: datetime, timezone: ZoneInfo) -> datetime | None:
        """When the quiet hours end that `now` lies in; None outside of them."""
        local = now.astimezone(timezone)
        late, early = local.time() >= self.quiet_from, local.time() < self.quiet_until
        if not (late or early):
            return None
        day = local.date() + timedelta(days=1 if late else 0)
        return datetime.combine(day, self.quiet_until, timezone)

    def digest_after(self, now: datetime, timezone: ZoneInfo) -> datetime:
        """The next hour of the digest: today's, or the next morning when that is over."""
        today = local_day(now, timezone)
        this_evening = datetime.combine(today, self.digest_at, timezone)
        if now < this_evening:
            return this_evening
        return datetime.combine(today + timedelta(days=1), self.quiet_until, timezone)


def load_limits(organization_id: int | None = None) -> Limits:
    """The figures that hold for one organisation; without one, those of the installation."""
    return limits_of({organization_id})[organization_id]


def limits_of(organization_ids: Collection[int | None]) -> dict[int | None, Limits]:
    """The figures of several organisations, in three statements however many there are."""
    first = defaults()
    settings = settings_above([one for one in organization_ids if one is not None])
    return {one: _limits(first, settings.get(one, [])) for one in organization_ids}


def defaults() -> dict[str, str]:
    """The figures of the installation; what has no row is as the code has it."""
    values = {code: rule.value for code, rule in DEFAULTS.items()}
    return values | {row.code: row.value for row in MessageLimit.select()}


def settings_above(organization_ids: Sequence[int]) -> dict[int | None, list[MessageLimitSetting]]:
    """What each of these organisations and those above it set, the highest first."""
    rows = rows_of(Organization.select(Organization.id, Organization.path).where(Organization.id.in_(organization_ids)))
    ways = {number: [int(step) for step in path.rstrip(".").split(".")] for number, path in rows}
    steps = {step for way in ways.values() for step in way}
    own: dict[int, list[MessageLimitSetting]] = {}
    for row in MessageLimitSetting.select().where(MessageLimitSetting.organization.in_(steps)):
        own.setdefault(row.organization_id, []).append(row)
    return {number: [row for step in way for row in own.get(step, [])] for number, way in ways.items()}


def in_force(code: str, first: str, settings: Sequence[MessageLimitSetting]) -> str:
    """The figure that holds: the strictest that was set on the way down, else the installation's."""
    values = [row.value for row in settings if row.code == code]
    return STRICTEST[code](values) if values else first


def _limits(first: Mapping[str, str], settings: Sequence[MessageLimitSetting]) -> Limits:
    values = {code: in_force(code, value, settings) for code, value in first.items()}
    return Limits(
        quiet_from=time.fromisoformat(values["quiet_from"]),
        quiet_until=time.fromisoformat(values["quiet_until"]),
        daily_cap=int(values["daily_cap"]),
        digest_at=time.fromisoformat(values["digest_at"]),
    )


def seed_limits() -> int:
    """Write the default rows that are missing; returns how many were written."""
    known = {row.code for row in MessageLimit.select()}
    rows = [
        {"code": code, "value": rule.value, "unit": rule.unit, "source": rule.source}
        for code, rule in DEFAULTS.items()
        if code not in known
    ]
    if rows:
        MessageLimit.insert_many(rows).execute()
    return len(rows)


def list_limits(settings: Sequence[MessageLimitSetting] = ()) -> list[LimitShape]:
    """Every figure with its unit and source, for anybody who asks why he was told, or not."""
    rows = {row.code: row for row in MessageLimit.select()}
    return [
        LimitShape(
            code=code,
            label=LABELS[code],
            value=in_force(code, rows[code].value if code in rows else rule.value, settings),
            unit=rule.unit,
            source=rows[code].source if code in rows else rule.source,
        )
        for code, rule in DEFAULTS.items()
    ]
