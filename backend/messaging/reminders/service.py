"""The rules of one organisation: read with what comes next, switched, tuned, skipped, snoozed, handed on."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from backend.core.clock import local_day
from backend.core.database import in_unit_of_work
from backend.core.errors import Conflict, NotFound, invalid_field
from backend.messaging.limits import load_limits
from backend.messaging.reminders.due import facts_on
from backend.messaging.reminders.models import ReminderRule, ReminderSetting
from backend.messaging.reminders.occasions import Occasion, Question, Span
from backend.messaging.reminders.schedule import instant_of, next_days, offsets_of, speaks_on
from backend.messaging.reminders.schemas import (
    ChangeReminder,
    HandReminder,
    NextReminder,
    ReminderShape,
    SnoozeReminder,
)
from backend.messaging.rules import rules_for
from backend.people.access import find_organization, require
from backend.people.models import Account, Organization
from backend.people.permissions import Caller, Right

AHEAD = 7
FURTHEST_OFFSET, LONGEST_SNOOZE = timedelta(days=60), timedelta(days=92)

Questions = Mapping[str, Question]


@dataclass(frozen=True)
class Desk:
    """Who looks at the rules of which organisation, when, and whom to ask what is undone."""

    caller: Caller
    code: str
    questions: Questions
    timezone: ZoneInfo
    now: datetime

    def organization(self) -> Organization:
        """The organisation, for those who manage its messages; raises NotFound and Forbidden."""
        found = find_organization(self.code)
        require(self.caller, Right.MANAGE_GROUPS, found)
        return found

    @property
    def today(self) -> date:
        """The local day."""
        return local_day(self.now, self.timezone)


def list_reminders(desk: Desk) -> list[ReminderShape]:
    """Every rule as it holds here."""
    organization = desk.organization()
    settings = {
        row.rule: row for row in ReminderSetting.select().where(ReminderSetting.organization == organization.id)
    }
    quiet = _quiet_hours(organization.id)
    return [
        _shape(desk, organization, rule, settings.get(rule.code), quiet)
        for rule in ReminderRule.select().order_by(ReminderRule.position)
    ]


def change_reminder(desk: Desk, code: str, body: ChangeReminder) -> ReminderShape:
    """Switch a rule or change when it speaks; a locked one stays on, one with a job of its own keeps its time."""
    rule = _rule(code)
    if rule.locked and body.enabled is False:
        raise Conflict("reminder_locked", "这条提醒关系到时限或安全，不能关闭")
    if rule.own_job and (body.at or body.offsets):
        raise Conflict("reminder_fixed", "这条提醒的时间由业务规则决定，只能开关")
    if body.offsets and not rule.offsets:
        raise invalid_field("offsets", "no_offsets", "这条提醒没有提前天数可调")
    changes: dict[str, Any] = {}
    if body.enabled is not None:
        changes["enabled"] = body.enabled
    if body.at is not None:
        changes["at"] = body.at
    if body.offsets is not None:
        changes["offsets"] = ",".join(str(one) for one in sorted(set(body.offsets), reverse=True))
    return _change(desk, rule, changes)


def skip_next(desk: Desk, code: str) -> ReminderShape:
    """Leave out the next run, once."""
    rule = _tunable(code)
    setting = _setting(desk.organization().id, code)
    at = (setting and setting.at) or rule.at
    first = desk.today if instant_of(desk.today, at, desk.timezone) > desk.now else desk.today + timedelta(days=1)
    return _change(desk, rule, {"skip_on": next_days(rule.rhythm, first, AHEAD)[0]})


def snooze(desk: Desk, code: str, body: SnoozeReminder) -> ReminderShape:
    """Silent until a day; at most three months."""
    if body.until is not None and not desk.today < body.until <= desk.today + LONGEST_SNOOZE:
        raise invalid_field("until", "bad_day", "请选明天到三个月内的一天")
    return _change(desk, _tunable(code), {"snoozed_until": body.until})


def hand_over(desk: Desk, code: str, body: HandReminder) -> ReminderShape:
    """Let somebody else have it in the secretary's place."""
    rule = _tunable(code)
    deputy = None
    if body.account is not None:
        deputy = Account.get_or_none(Account.public_id == body.account, Account.organization == desk.organization().id)
        if deputy is None:
            raise NotFound("account_not_found", "没有这个人，或不属于本组织")
    return _change(desk, rule, {"deputy": deputy})


def _rule(code: str) -> ReminderRule:
    found: ReminderRule | None = ReminderRule.get_or_none(ReminderRule.code == code)
    if found is None:
        raise NotFound("reminder_not_found", "没有这条提醒规则")
    return found


def _tunable(code: str) -> ReminderRule:
    rule = _rule(code)
    if rule.own_job:
        raise Conflict("reminder_fixed", "这条提醒的时间由业务规则决定，只能开关")
    return rule


def _setting(organization_id: int, code: str) -> ReminderSetting | None:
    found: ReminderSetting | None = ReminderSetting.get_or_none(
        ReminderSetting.organization == organization_id, ReminderSetting.rule == code
    )
    return found


def _change(desk: Desk, rule: ReminderRule, changes: Mapping[str, Any]) -> ReminderShape:
    organization = desk.organization()
    mine = (ReminderSetting.organization == organization.id) & (ReminderSetting.rule == rule.code)

    def work() -> None:
        ReminderSetting.insert(
            organization=organization.id, rule=rule.code, changed_at=desk.now
        ).on_conflict_ignore().execute()
        ReminderSetting.update({**changes, "changed_at": desk.now}).where(mine).execute()

    in_unit_of_work(work)
    own = _setting(organization.id, rule.code)
    return _shape(desk, organization, rule, own, _quiet_hours(organization.id))


def _quiet_hours(organization_id: int) -> str:
    limits = load_limits(organization_id)
    return f"{limits.quiet_from:%H:%M}–{limits.quiet_until:%H:%M}"


def _shape(
    desk: Desk, organization: Organization, rule: ReminderRule, own: ReminderSetting | None, quiet_hours: str
) -> ReminderShape:
    return ReminderShape(
        rule=rule.code,
        label=rule.label,
        trigger=rule.trigger,
        audience=rule.audience,
        channel=rule.channel,
        offsets=offsets_of((own and own.offsets) or rule.offsets),
        at=(own and own.at) or rule.at or None,
        rhythm=rule.rhythm,
        late_days=rule.late_days,
        stops=rule.stops,
        escalation=rule.escalation,
        source=rule.source,
        quiet_hours=quiet_hours,
        enabled=own is None or own.enabled,
        tunable=not rule.own_job,
        locked=rule.locked,
        skip_on=own.skip_on if own else None,
        snoozed_until=own.snoozed_until if own else None,
        deputy=own.deputy.public_id if own and own.deputy_id and own.deputy else None,
        next_runs=list(_next_runs(desk, organization, rule, own)),
    )


def _next_runs(
    desk: Desk, organization: Organization, rule: ReminderRule, own: ReminderSetting | None
) -> Iterator[NextReminder]:
    """What the next seven days would bring, as things stand."""
    question = desk.questions.get(rule.code)
    if question is None or rule.own_job or (own is not None and not own.enabled):
        return
    offsets = offsets_of((own and own.offsets) or rule.offsets)
    first = desk.today + timedelta(days=min(offsets, default=0))
    last = desk.today + timedelta(days=max(offsets, default=0) + AHEAD)
    occasions = list(question(Span(first, last, desk.now, desk.timezone, organization.id, names=False)))
    for day in next_days(rule.rhythm, desk.today, AHEAD):
        at = instant_of(day, (own and own.at) or rule.at, desk.timezone)
        silent = own is not None and (own.skip_on == day or bool(own.snoozed_until and day < own.snoozed_until))
        if at <= desk.now or silent:
            continue
        said = Counter(_words(one, day) for one in occasions if speaks_on(offsets, one.due_on, day))
        for (title, body), times in said.items():
            yield NextReminder(at=at, title=title, body=body, times=times)


def _words(occasion: Occasion, day: date) -> tuple[str, str]:
    write = rules_for(occasion.topic)[0].write
    assert write is not None
    text = write(facts_on(occasion, day))
    return text.title, text.body
