"""Reminder rules of an organisation over HTTP."""

from flask import Blueprint, current_app

from backend.core.http import endpoint, now, settings
from backend.messaging.reminders import service
from backend.messaging.reminders.schemas import ChangeReminder, HandReminder, ReminderShape, SnoozeReminder
from backend.messaging.reminders.service import Desk
from backend.people.caller import current_caller

bp = Blueprint("reminders", __name__, url_prefix="/api/v1/organizations/<code>/reminder-rules")


def _desk(code: str) -> Desk:
    questions = current_app.extensions["zhibu.reminders"]
    return Desk(current_caller(), code, questions, settings().timezone, now())


@bp.get("")
@endpoint(returns=list[ReminderShape])
def list_reminders(code: str) -> list[ReminderShape]:
    """Every rule as it holds here, with what it would say in the next seven days."""
    return service.list_reminders(_desk(code))


@bp.put("/<rule>")
@endpoint(body=ChangeReminder, returns=ReminderShape)
def change_reminder(code: str, rule: str, body: ChangeReminder) -> ReminderShape:
    """Turn a rule on or off, or change its time and how many days ahead it speaks."""
    return service.change_reminder(_desk(code), rule, body)


@bp.post("/<rule>/skip")
@endpoint(returns=ReminderShape)
def skip_next(code: str, rule: str) -> ReminderShape:
    """Leave out the next run, once."""
    return service.skip_next(_desk(code), rule)


@bp.post("/<rule>/snooze")
@endpoint(body=SnoozeReminder, returns=ReminderShape)
def snooze(code: str, rule: str, body: SnoozeReminder) -> ReminderShape:
    """Keep a rule silent until a day."""
    return service.snooze(_desk(code), rule, body)


@bp.post("/<rule>/deputy")
@endpoint(body=HandReminder, returns=ReminderShape)
def hand_over(code: str, rule: str, body: HandReminder) -> ReminderShape:
    """Let somebody else have it in the secretary's place."""
    return service.hand_over(_desk(code), rule, body)
