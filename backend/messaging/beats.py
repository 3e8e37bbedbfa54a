"""That the bot lives: a beat a minute, whatever silence lay between two of them, and what was not asked meanwhile."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from backend.core.clock import local_day
from backend.core.database import in_unit_of_work
from backend.messaging.deliveries import pull_back
from backend.messaging.models import BotBeat, BotSilence
from backend.messaging.reminders.models import ReminderRule, ReminderRun
from backend.messaging.reminders.schedule import instant_of, next_days
from backend.messaging.schemas import MissedRuns, MissedSlot, SilenceShape, SlotOutcome

BOT = "bot"
# this long without a beat of any bot is told as down time
SILENT_AFTER = timedelta(minutes=5)
# clocks of two machines may differ a little; a last beat this far ahead means that a clock was turned back
TURNED_BACK = timedelta(minutes=1)
REPORTED = timedelta(days=30)
MOST_SLOTS = 200
OUTCOME_LABELS = {
    SlotOutcome.LATE: "已补问",
    SlotOutcome.SKIPPED: "已跳过，不再补发",
    SlotOutcome.WAITING: "稍后补问",
}


def beat(*, now: datetime) -> int:
    """Note that a bot lives, and how long none did; a clock that was turned back starts anew. Returns silences."""

    def work() -> int:
        BotBeat.insert(name=BOT, at=now).on_conflict_ignore().execute()
        last: datetime = BotBeat.get(BotBeat.name == BOT).at
        if last - now > TURNED_BACK:
            pull_back(now=now)
        mine = BotBeat.update(at=now).where(BotBeat.name == BOT, BotBeat.at == last)
        if mine.execute() != 1 or now - last < SILENT_AFTER:
            return 0
        return int(BotSilence.insert(since=last, until=now).on_conflict_ignore().as_rowcount().execute())

    return in_unit_of_work(work)


def last_beat() -> datetime | None:
    """When a bot last lived."""
    row = BotBeat.get_or_none(BotBeat.name == BOT)
    return row.at if row else None


def report_missed_runs(*, timezone: ZoneInfo, now: datetime) -> MissedRuns:
    """The silences of thirty days, and which slots of reminders no bot asked in them, or asked late."""
    rows = BotSilence.select().where(BotSilence.until >= now - REPORTED).order_by(BotSilence.since.desc())
    silences = list(rows)
    today = local_day(now, timezone)
    slots = [slot for silence in silences for slot in _slots(silence, timezone, today)]
    return MissedRuns(
        last_beat=last_beat(),
        silences=[SilenceShape(since=row.since, until=row.until) for row in silences],
        slots=slots[:MOST_SLOTS],
    )


def _slots(silence: BotSilence, timezone: ZoneInfo, today: date) -> Iterator[MissedSlot]:
    first, last = local_day(silence.since, timezone), local_day(silence.until, timezone)
    first = max(first, last - REPORTED)
    ran = {
        (row.rule, row.on, row.at): row.ran_at
        for row in ReminderRun.select().where(ReminderRun.on.between(first, last))
    }
    for rule in ReminderRule.select().where(~ReminderRule.own_job).order_by(ReminderRule.position):
        for day in next_days(rule.rhythm, first, (last - first).days + 1):
            due_at = instant_of(day, rule.at, timezone)
            if silence.since < due_at <= silence.until:
                ran_at, ask_until = ran.get((rule.code, day, rule.at)), day + timedelta(days=rule.late_days)
                outcome = _outcome(ran_at, ask_until, today)
                yield MissedSlot(
                    rule=rule.code,
                    label=rule.label,
                    due_at=due_at,
                    ran_at=ran_at,
                    outcome=outcome,
                    outcome_label=OUTCOME_LABELS[outcome],
                    ask_until=ask_until,
                )


def _outcome(ran_at: datetime | None, ask_until: date, today: date) -> SlotOutcome:
    if ran_at is not None:
        return SlotOutcome.LATE
    return SlotOutcome.WAITING if today <= ask_until else SlotOutcome.SKIPPED
