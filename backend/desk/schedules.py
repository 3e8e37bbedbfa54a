"""Fixed days by rule, previewed before they are kept, left out once, ended; and the library of model activities."""

from typing import Any

from flask import Response, request, url_for

from backend.branch_life.kinds import KIND_LABELS
from backend.branch_life.schedules import service
from backend.branch_life.schedules.models import Shift
from backend.branch_life.schedules.schemas import FixDay, ScheduleQuery, SkipMonth
from backend.branch_life.templates import library
from backend.branch_life.templates.models import FORM_LABELS
from backend.branch_life.templates.schemas import TemplateQuery, WriteTemplate
from backend.core.http import now, parse_values, settings
from backend.desk.frame import bp, done, page, show, values_of
from backend.desk.navigation import place_for
from backend.people.caller import current_caller
from backend.people.permissions import Right

SECTION = {"section": "desk.activities"}
SHIFTS = {Shift.LATER: "顺延到下一个工作日", Shift.EARLIER: "提前到上一个工作日", Shift.NONE: "照常"}
WORDS = {"kinds": KIND_LABELS, "shifts": SHIFTS, "forms": FORM_LABELS}


@bp.get("/activities/schedules")
@page()
def schedules() -> str:
    """The fixed days of an organisation, each with its next five."""
    caller = current_caller()
    place = place_for(caller, request.args.get("organization"), Right.SEE_ACTIVITIES)
    query = parse_values(ScheduleQuery, {"organization": place.chosen.code, "limit": 20})
    found = service.list_schedules(caller, query, timezone=settings().timezone, now=now())
    may_plan = caller.may(Right.PLAN_ACTIVITIES, place.chosen.path)
    return show("schedules.html", place=place, schedules=found.items, may_plan=may_plan, **WORDS, **SECTION)


def _fixed_day() -> FixDay:
    given: dict[str, Any] = values_of(request.form, *FixDay.model_fields)
    unused = ("nth", "weekday") if request.form.get("by") == "day" else ("day",)
    return parse_values(FixDay, {name: value for name, value in given.items() if name not in unused})


@bp.post("/activities/schedules/preview")
@page()
def preview_schedule() -> str:
    """The next five days that a rule would give; nothing is kept."""
    coming = service.preview_day(current_caller(), _fixed_day(), timezone=settings().timezone, now=now())
    return show("schedule_preview.html", coming=coming)


@bp.post("/activities/schedules")
@page()
def fix_day() -> Response:
    """Keep a rule; the bot plans each day two weeks ahead."""
    body = _fixed_day()
    service.fix_day(current_caller(), body, timezone=settings().timezone, now=now())
    return done("已定下，机器人会提前两周安排并通知", go=_here(body.organization))


@bp.post("/activities/schedules/<schedule_id>/skip")
@page()
def skip_month(schedule_id: str) -> Response:
    """Leave one month out."""
    body = parse_values(SkipMonth, values_of(request.form, "month", "reason"))
    found = service.skip_month(current_caller(), schedule_id, body, timezone=settings().timezone, now=now())
    return done("这个月跳过", go=_here(found.organization.code))


@bp.post("/activities/schedules/<schedule_id>/end")
@page()
def end_schedule(schedule_id: str) -> Response:
    """Plan no more of it; what is planned stays."""
    found = service.end_schedule(current_caller(), schedule_id, timezone=settings().timezone, now=now())
    return done("已停止，已经安排的活动不变", go=_here(found.organization.code))


def _here(code: str) -> str:
    return url_for("desk.schedules", organization=code)


@bp.get("/activities/models")
@page()
def activity_models() -> str:
    """Model activities that may be copied."""
    caller = current_caller()
    place = place_for(caller, request.args.get("organization"), Right.SEE_ACTIVITIES)
    query = parse_values(TemplateQuery, {"limit": 30, **values_of(request.args, "kind", "cursor")})
    found = library.list_templates(caller, query)
    may_write = caller.may(Right.PLAN_ACTIVITIES, place.chosen.path)
    shown = {"models": found.items, "cursor": found.next_cursor, "query": query, "may_write": may_write}
    return show("activity_models.html", place=place, **shown, **WORDS, **SECTION)


@bp.post("/activities/models")
@page()
def write_model() -> Response:
    """Offer a model to one's organisation and all below it."""
    body = parse_values(WriteTemplate, values_of(request.form, *WriteTemplate.model_fields))
    library.write_template(current_caller(), body, now=now())
    return done("范本已加入，本级和下级都能用", go=url_for("desk.activity_models", organization=body.organization))


@bp.post("/activities/models/<model_id>/withdraw")
@page()
def withdraw_model(model_id: str) -> Response:
    """Offer it no more."""
    found = library.withdraw_template(current_caller(), model_id, now=now())
    return done("已撤下", go=url_for("desk.activity_models", organization=found.organization.code))
