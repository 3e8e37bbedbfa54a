"""Which reminders are due now. Each run asks what is still undone, so it may come twice, late, or on two machines."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.core.clock import local_day
from backend.core.database import delete_where, in_unit_of_work, rows_of
from backend.messaging import outbox
from backend.messaging.models import BotSilence, OutboxEvent
from backend.messaging.reminders.models import ReminderRule, ReminderRun, ReminderSetting
from backend.messaging.reminders.occasions import Occasion, Question, Span
from backend.messaging.reminders.schedule import instant_of, offsets_of, runs_on, speaks_on

BATCH = 200
RUNS_KEPT = timedelta(days=90)
# silences that ended longer ago concern no slot that may still be asked
LONGEST_LATE = timedelta(days=15)

Settings = Mapping[int, ReminderSetting]


def remind(*, questions: Mapping[str, Question], timezone: ZoneInfo, now: datetime) -> int:
    """Ask every rule whose time of today has come and that has not run yet; returns how many reminders were written.

    Slots of earlier days that fell into a time without a bot are asked late, as far as their rule says; whoever was
    told today by the same rule is not told again.
    """
    today = local_day(now, timezone)
    told = 0
    silences = list(BotSilence.select().where(BotSilence.until >= now - LONGEST_LATE))
    # read to the end first: while a reading goes on, SQLite lets nobody else's write be followed by ours
    rules = list(ReminderRule.select().where(~ReminderRule.own_job).order_by(ReminderRule.position))
    for rule in rules:
        question = questions.get(rule.code)
        days = [] if question is None else _days(rule, today, silences)
        if question is None or not days:
            continue
        settings = {
            row.organization_id: row for row in ReminderSetting.select().where(ReminderSetting.rule == rule.code)
        }
        for day, at in [(day, at) for day in days for at in _times(rule, settings)]:
            slot = instant_of(day, at, timezone)
            missed = any(silence.since < slot <= silence.until for silence in silences)
            if slot <= now and (day == today or missed) and not _has_run(rule, day, at):
                told += _run(rule, settings, at, question, Moment(day, timezone, now))
    return told


def _days(rule: ReminderRule, today: date, silences: Sequence[BotSilence]) -> list[date]:
    """Today first, then earlier days on which the rule may still be asked, should they have gone by in a silence."""
    late = rule.late_days if silences else 0
    days = [today - timedelta(days=number) for number in range(late + 1)]
    return [day for day in days if runs_on(rule.rhythm, day)]


class Moment:
    """The local day of a run, and the instant at which it takes place; `spoken_on` is later when it is made up for."""

    def __init__(self, today: date, timezone: ZoneInfo, now: datetime) -> None:
        self.today, self.timezone, self.now = today, timezone, now
        self.spoken_on = local_day(now, timezone)


def _times(rule: ReminderRule, settings: Settings) -> list[str]:
    return sorted({rule.at, *(row.at for row in settings.values() if row.at)})


def _has_run(rule: ReminderRule, today: date, at: str) -> bool:
    same = (ReminderRun.rule == rule.code) & (ReminderRun.on == today) & (ReminderRun.at == at)
    return bool(ReminderRun.select(ReminderRun.id).where(same).exists())


def _run(rule: ReminderRule, settings: Settings, at: str, question: Question, moment: Moment) -> int:
    # a question reads batch by batch to the end of each, so a million members need no memory of their own here
    wanted = (
        occasion
        for occasion in question(span_of(rule, settings, moment))
        if _is_due(rule, settings, at, occasion, moment.today)
    )
    told = 0
    for batch in pw.chunked(wanted, BATCH):
        told += _tell_all(rule, settings, batch, moment)
    row = {"rule": rule.code, "on": moment.today, "at": at, "ran_at": moment.now, "told": told}
    in_unit_of_work(lambda: ReminderRun.insert(row).on_conflict_ignore().execute())
    return told


def span_of(rule: ReminderRule, settings: Settings, moment: Moment) -> Span:
    """The days about which a rule has to be asked, with all that organisations changed of it."""
    texts = [rule.offsets, *(row.offsets for row in settings.values() if row.offsets)]
    offsets = [offset for text in texts for offset in offsets_of(text)] or [0]
    first, last = moment.today + timedelta(days=min(offsets)), moment.today + timedelta(days=max(offsets))
    return Span(first, last, moment.now, moment.timezone)


def _is_due(rule: ReminderRule, settings: Settings, at: str, occasion: Occasion, today: date) -> bool:
    own = settings.get(occasion.organization_id)
    if not speaks_on(offsets_of((own and own.offsets) or rule.offsets), occasion.due_on, today):
        return False
    if own is None:
        return at == rule.at
    asleep = own.skip_on == today or (own.snoozed_until is not None and today < own.snoozed_until)
    return own.enabled and not asleep and (own.at or rule.at) == at


def _tell_all(rule: ReminderRule, settings: Settings, occasions: Sequence[Occasion], moment: Moment) -> int:
    try:
        return in_unit_of_work(partial(_tell, rule, settings, occasions, moment))
    except pw.IntegrityError:  # another machine is at the same ones: it tells them
        return 0


def _tell(rule: ReminderRule, settings: Settings, occasions: Sequence[Occasion], moment: Moment) -> int:
    keyed = {f"reminder:{rule.code}:{one.target}:{moment.spoken_on}": one for one in occasions}
    known = {key for (key,) in rows_of(OutboxEvent.select(OutboxEvent.key).where(OutboxEvent.key.in_(list(keyed))))}
    for key, occasion in keyed.items():
        if key in known:
            continue
        own = settings.get(occasion.organization_id)
        deputy = {"deputy": [own.deputy_id]} if own and own.deputy_id else {}
        outbox.enqueue(
            occasion.topic,
            facts_on(occasion, moment.spoken_on),
            key=key,
            organization_id=occasion.organization_id,
            people={**occasion.people, **deputy},
            now=moment.now,
        )
    return len(keyed.keys() - known)


def facts_on(occasion: Occasion, day: date) -> dict[str, Any]:
    """What may be said of an occasion on a local day: with how far off it is, where there is such a day."""
    if occasion.due_on is None:
        return dict(occasion.facts)
    days = (occasion.due_on - day).days
    return {**occasion.facts, "days": days, "late": days < 0}


def forget_runs(*, timezone: ZoneInfo, now: datetime) -> int:
    """Let go of runs that nobody asks about any more."""
    return delete_where(ReminderRun, ReminderRun.on < local_day(now - RUNS_KEPT, timezone))
