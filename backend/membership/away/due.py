"""What is due for members away: contacts to be reminded of, silences to be looked into, transfers to be advised.

Each stay says itself on which day it wants to be looked at, so a beat costs as much as there is to do.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import peewee as pw

from backend.card.models import StudyRecord
from backend.core.clock import local_day, same_day
from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work, insert_row
from backend.membership.away.engine import BY_SYSTEM, advance
from backend.membership.away.models import FlowContact, FlowWatch, MemberFlow, MemberFlowStep
from backend.membership.away.rules import (
    REMIND_AGAIN,
    TRANSFER_AFTER,
    WATCH_AGAIN,
    contact_every,
    watch_at,
)
from backend.membership.away.steps import advice
from backend.membership.away.telling import tell
from backend.membership.away.workflow import AWAY, FlowState, FlowStep, Part, row_for

BATCH = 200


def remind_of_contacts(*, timezone: ZoneInfo, now: datetime) -> int:
    """Remind contact persons of whom they are to call, again each month until they did; returns how many."""
    today = local_day(now, timezone)
    return sum(_remind(flow, today, now) for flow in _due(MemberFlow.remind_on, today))


def _due(day: pw.DateField, today: date) -> list[MemberFlow]:
    return list(MemberFlow.select().where(day <= today).order_by(day).limit(BATCH))


def _remind(flow: MemberFlow, today: date, now: datetime) -> int:
    again = same_day(today, months=REMIND_AGAIN.value)

    def work() -> int:
        waiting = MemberFlow.update(remind_on=again).where(
            MemberFlow.id == flow.id, MemberFlow.remind_on == flow.remind_on
        )
        if waiting.execute() != 1:  # another bot, or a contact was logged meanwhile
            return 0
        rule = contact_every(abroad=flow.abroad)
        tell("floating.contact_due", flow, flow.home_id, occasion=str(flow.remind_on), clause=rule.source, now=now)
        return 1

    return in_unit_of_work(work)


def watch_silences(*, timezone: ZoneInfo, now: datetime) -> int:
    """Ask somebody to look where nothing was heard for 1, 3 or 5 months; returns how many tasks were raised."""
    today = local_day(now, timezone)
    return sum(_watch(flow, today, timezone, now) for flow in _due(MemberFlow.next_watch_on, today))


def _watch(flow: MemberFlow, today: date, timezone: ZoneInfo, now: datetime) -> int:
    heard_on = last_trace(flow, timezone)
    levels = watch_at(abroad=flow.abroad).value
    silent = [months for months in levels if same_day(heard_on, months=months) <= today]
    ahead = [months for months in levels if months not in silent]
    again = same_day(today, months=WATCH_AGAIN.value)
    next_on = same_day(heard_on, months=ahead[0]) if ahead else again
    if silent:  # he may be heard of before the next level, and fall silent anew
        next_on = min(next_on, again)

    def work() -> int:
        waiting = MemberFlow.update(next_watch_on=next_on).where(
            MemberFlow.id == flow.id, MemberFlow.next_watch_on == flow.next_watch_on
        )
        if waiting.execute() != 1 or not silent or FlowState(flow.state) not in AWAY:
            return 0
        return _raise(flow, heard_on, silent[-1], now)

    return in_unit_of_work(work)


def _raise(flow: MemberFlow, heard_on: date, months: int, now: datetime) -> int:
    """One task for each silence and level; one that is open still becomes the graver one."""
    same = (FlowWatch.flow == flow.id) & (FlowWatch.silent_since == heard_on)
    if FlowWatch.select().where(same, FlowWatch.months >= months).exists():
        return 0
    graver = FlowWatch.update(months=months, raised_at=now).where(same, FlowWatch.settled_at.is_null())
    if graver.execute() == 0:
        insert_row(
            FlowWatch,
            public_id=new_public_id(),
            flow=flow.id,
            silent_since=heard_on,
            months=months,
            assignee=flow.contact_id,
            raised_at=now,
        )
    tell("floating.watch_raised", flow, flow.home_id, occasion=f"{heard_on}:{months}", months=months, now=now)
    return 1


def last_trace(flow: MemberFlow, timezone: ZoneInfo) -> date:
    """The last day on which something was heard: a contact, a step of his own, or anything on his study card."""
    on_card: datetime | None = (
        StudyRecord.select(pw.fn.MAX(StudyRecord.at))
        .where(StudyRecord.member == flow.member_id, StudyRecord.voided_at.is_null())
        .scalar()
    )
    own_step: datetime | None = (
        MemberFlowStep.select(pw.fn.MAX(MemberFlowStep.at))
        .where(
            MemberFlowStep.flow == flow.id,
            (MemberFlowStep.part == Part.MEMBER) | (MemberFlowStep.step == FlowStep.REGISTER),
        )
        .scalar()
    )
    contact: date | None = (
        FlowContact.select(pw.fn.MAX(FlowContact.made_on))
        .where(FlowContact.flow == flow.id, FlowContact.reached)
        .scalar()
    )
    days = [local_day(at, timezone) for at in (on_card, own_step) if at is not None]
    return max([*days, *([contact] if contact else [])], default=flow.leaves_on)


def advise_transfers(*, timezone: ZoneInfo, now: datetime) -> int:
    """Advise a transfer where the stay is long and its place fixed (clause 25); returns how many."""
    today = local_day(now, timezone)
    return sum(_advise(flow, today, now) for flow in _due(MemberFlow.advise_on, today))


def _advise(flow: MemberFlow, today: date, now: datetime) -> int:
    row = row_for(FlowState(flow.state), FlowStep.ADVISE_TRANSFER)

    def work() -> int:
        if row is None:  # he is about to return: whether he stays will be seen
            again = same_day(today, months=1)
            MemberFlow.update(advise_on=again).where(MemberFlow.id == flow.id).execute()
            return 0
        advance(flow, row, BY_SYSTEM, advice(today, TRANSFER_AFTER.source), now=now)
        return 1

    return in_unit_of_work(work)
