"""Rules of reminders: what each would say next, on any day that one picks; switches, times, skips, deputies."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any

from flask import Response, current_app, request, url_for

from backend.core.clock import local_day
from backend.core.errors import NotFound, invalid_field
from backend.core.http import now, parse_values, settings
from backend.desk.frame import bp, done, page, show, values_of
from backend.desk.navigation import Place, place_for
from backend.messaging.reminders import service
from backend.messaging.reminders.schemas import ChangeReminder, HandReminder, SnoozeReminder
from backend.messaging.reminders.service import AHEAD, Desk
from backend.people.caller import current_caller
from backend.people.models import Account, Member, Organization
from backend.people.permissions import Right

FURTHEST = 400  # days: a simulated day beyond would say nothing that is planned


def _place() -> Place:
    return place_for(current_caller(), request.args.get("organization"), Right.MANAGE_GROUPS)


def _desk(code: str, at: datetime) -> Desk:
    return Desk(current_caller(), code, current_app.extensions["zhibu.reminders"], settings().timezone, at)


def _simulated(text: str) -> date | None:
    """The day to be played through; 422 for what is none, or too far away."""
    if not text:
        return None
    try:
        chosen = date.fromisoformat(text)
    except ValueError:
        raise invalid_field("on", "bad_day", "请选一个日期") from None
    if abs((chosen - local_day(now(), settings().timezone)).days) > FURTHEST:
        raise invalid_field("on", "bad_day", "请选前后一年内的日期")
    return chosen


@bp.get("/messages/rules")
@page()
def reminder_rules() -> str:
    """Every rule with what it would say in the next seven days: from now, or from a simulated day on."""
    place, on = _place(), _simulated(request.args.get("on", ""))
    at = datetime.combine(on, time(), settings().timezone) if on else now()
    rules = service.list_reminders(_desk(place.chosen.code, at))
    runs = sorted(((run, rule) for rule in rules for run in rule.next_runs), key=lambda one: one[0].at)
    shown = {"people": _accounts(place.chosen), "ahead": AHEAD, "section": "desk.group_chats"}
    return show("reminders.html", place=place, rules=rules, runs=runs, on=on, **shown)


def _accounts(organization: Organization) -> dict[str, str]:
    """Members with an account, to whom a reminder may be handed."""
    rows = Account.select(Account.public_id, Account.display_name).join(Member, on=(Member.account == Account.id))
    here = rows.where(Account.organization == organization, Member.organization == organization)
    return {row.public_id: row.display_name for row in here.order_by(Account.id).limit(100)}


def _change(desk: Desk, rule: str) -> object:
    given: dict[str, Any] = values_of(request.form, "enabled", "at")
    offsets = request.form.get("offsets", "").replace("，", ",").replace("、", ",").strip()
    if offsets:
        given["offsets"] = [part.strip() for part in offsets.split(",") if part.strip()]
    return service.change_reminder(desk, rule, parse_values(ChangeReminder, given))


def _skip(desk: Desk, rule: str) -> object:
    return service.skip_next(desk, rule)


def _snooze(desk: Desk, rule: str) -> object:
    return service.snooze(desk, rule, parse_values(SnoozeReminder, values_of(request.form, "until")))


def _hand_over(desk: Desk, rule: str) -> object:
    return service.hand_over(desk, rule, parse_values(HandReminder, values_of(request.form, "account")))


STEPS: Mapping[str, tuple[str, Callable[[Desk, str], object]]] = {
    "change": ("已保存", _change),
    "skip": ("下一次不发，之后照常", _skip),
    "snooze": ("已设置", _snooze),
    "deputy": ("已设置", _hand_over),
}


@bp.post("/messages/rules/<rule>/<step>")
@page()
def change_rule(rule: str, step: str) -> Response:
    """Switch, tune, skip, snooze or hand on."""
    if step not in STEPS:
        raise NotFound()
    code = request.form.get("organization", "")
    said, take = STEPS[step]
    take(_desk(code, now()), rule)
    return done(said, go=url_for("desk.reminder_rules", organization=code) + f"#{rule}")
