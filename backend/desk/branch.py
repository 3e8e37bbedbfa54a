"""Branch life: the month, planning from a model, the code on the wall, the roll, minutes, what is owed."""

import calendar
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import segno
from flask import Response, request, url_for

from backend.branch_life.activities import aftermath, leaves, make_ups, planning, reading, roll
from backend.branch_life.activities.models import RequestState
from backend.branch_life.activities.schemas import (
    ActivityQuery,
    ActivityShape,
    CancelActivity,
    Decision,
    PlanActivity,
    RollCall,
    VoidCheckIn,
)
from backend.branch_life.dues import service as dues
from backend.branch_life.dues.schemas import OpenDuesQuery
from backend.branch_life.duties import reading as duty_reading
from backend.branch_life.duties.schemas import DutyQuery
from backend.branch_life.kinds import KIND_LABELS
from backend.branch_life.templates import library
from backend.branch_life.templates.schemas import TemplateQuery
from backend.core.clock import local_day
from backend.core.errors import NotFound, invalid_field
from backend.core.http import now, parse_values, settings
from backend.desk.forms import instant
from backend.desk.frame import bp, done, is_part, page, prompted, show, values_of
from backend.desk.navigation import place_for
from backend.desk.papers import paper_of
from backend.desk.partners import partners_of, planning_of
from backend.people.caller import current_caller
from backend.people.models import Organization
from backend.people.permissions import Caller, Right

SECTION = {"section": "desk.activities"}
METHODS = {"code": "扫码", "typed_code": "六位数字", "roll_call": "点名", "location": "定位", "make_up": "补签"}
OFFERED = ("code", "typed_code", "roll_call", "location")
STATUSES = {"present": "到会", "late": "迟到", "uploaded_late": "补传", "to_confirm": "待确认", "made_up": "补签"}
PARTS = {"present": "到会", "to_confirm": "待确认", "on_leave": "请假", "missing": "未到", "visitors": "外支部"}
LONGEST_MINUTES = 24 * 60


def _month() -> date:
    """The first day of the month in the address, else of this one."""
    today = local_day(now(), settings().timezone)
    try:
        return datetime.strptime(request.args.get("month", ""), "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        return today.replace(day=1)


@bp.get("/activities")
@page()
def activities() -> str:
    """A month of activities."""
    caller, month = current_caller(), _month()
    place = place_for(caller, request.args.get("organization"), Right.SEE_ACTIVITIES)
    weeks = calendar.Calendar().monthdatescalendar(month.year, month.month)
    return show(
        "activities.html",
        place=place,
        month=month,
        weeks=weeks,
        days=_by_day(place.chosen.code, weeks[0][0], weeks[-1][-1]),
        today=local_day(now(), settings().timezone),
        before=(month - timedelta(days=1)).strftime("%Y-%m"),
        after=(month + timedelta(days=32)).strftime("%Y-%m"),
        **planning_of(caller, place.chosen),
    )


def _by_day(code: str, first: date, last: date) -> dict[date, list[ActivityShape]]:
    zone = settings().timezone
    since, before = (datetime.combine(one, time(), zone) for one in (first, last + timedelta(days=1)))
    query = ActivityQuery(organization=code, since=since, before=before, limit=100)
    found: dict[date, list[ActivityShape]] = {}
    for one in reversed(reading.list_activities(current_caller(), query, now=now()).items):
        found.setdefault(local_day(one.starts_at, zone), []).append(one)
    return found


@bp.get("/activities/new")
@page()
def new_activity() -> str:
    """The form for an activity, to be filled from a model."""
    place = place_for(current_caller(), request.args.get("organization"), Right.PLAN_ACTIVITIES)
    models = library.list_templates(current_caller(), TemplateQuery(limit=100)).items
    methods = {name: METHODS[name] for name in OFFERED}
    shown = {"models": models, "model": request.args.get("model"), "kinds": KIND_LABELS, "methods": methods}
    return show("activity_new.html", place=place, **shown, **SECTION)


@bp.post("/activities/new")
@page()
def plan_activity() -> Response:
    """Plan it; everybody invited is told."""
    body = parse_values(PlanActivity, _plan())
    planned = planning.plan_activity(current_caller(), body, timezone=settings().timezone, now=now())
    return done("已安排，会通知应到的人", go=url_for("desk.read_activity", activity_id=planned.id))


def _plan() -> dict[str, Any]:
    starts_at = instant(request.form.get("starts_at", ""), "starts_at")
    minutes = request.form.get("minutes", "")
    if not minutes.isdecimal() or not 1 <= int(minutes) <= LONGEST_MINUTES:
        raise invalid_field("minutes", "bad_minutes", "时长请填分钟数，如 90")
    return {
        **values_of(request.form, "organization", "kind", "title", "agenda", "template", "capacity"),
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=int(minutes)),
        "place": {"text": request.form.get("place", "").strip()},
        "invited": {"visitors": "visitors" in request.form},
        "check_in": {"methods": request.form.getlist("methods")},
    }


@bp.get("/activities/<activity_id>")
@page()
def read_activity(activity_id: str) -> str:
    """An activity with its roll, requests and minutes."""
    caller = current_caller()
    activity = reading.read_activity(caller, activity_id, now=now())
    present = roll.read_roll(caller, activity_id, now=now())
    shown = {**_kept(caller, activity), **paper_of(activity_id), **partners_of(caller, activity), **SECTION}
    return show("activity.html", activity=activity, roll=present, labels=(METHODS, STATUSES, PARTS), **shown)


def _kept(caller: Caller, activity: ActivityShape) -> dict[str, Any]:
    """What only those see who keep the roll."""
    if not activity.own.keeps_roll:
        return {"leaves": [], "make_ups": []}
    return {
        "leaves": leaves.list_leaves(caller, activity.id),
        "make_ups": make_ups.list_make_ups(caller, activity.id),
    }


@bp.get("/activities/<activity_id>/code")
@page()
def show_code(activity_id: str) -> str:
    """The code of this half minute for the wall; asked again every few seconds."""
    activity = reading.read_activity(current_caller(), activity_id, now=now())
    room = request.args.get("room", "0")
    code = roll.show_code(
        current_caller(),
        activity_id,
        int(room) if room.isdecimal() else 0,
        public_url=settings().public_url,
        now=now(),
    )
    picture = segno.make(code.qr, error="m").svg_inline(border=1, svgclass="qr", lineclass=None, omitsize=True)
    present = roll.read_roll(current_caller(), activity_id, now=now())
    template = "activity_code_part.html" if is_part() else "activity_code.html"
    return show(template, activity=activity, code=code, qr=picture, roll=present, room=room)


@bp.post("/activities/<activity_id>/cancel")
@page()
def cancel_activity(activity_id: str) -> Response:
    """Call it off; everybody invited is told."""
    body = parse_values(CancelActivity, values_of(request.form, "reason"))
    planning.cancel_activity(current_caller(), activity_id, body, timezone=settings().timezone, now=now())
    return back(activity_id, "已取消，会通知应到的人")


@bp.post("/activities/<activity_id>/roll")
@page()
def call_roll(activity_id: str) -> Response:
    """Tick a member."""
    body = parse_values(RollCall, values_of(request.form, "member", "status"))
    roll.call_roll(current_caller(), activity_id, body, now=now())
    return back(activity_id, "已签到")


@bp.post("/activities/<activity_id>/check-ins/<check_in_id>/<verdict>")
@page()
def judge_check_in(activity_id: str, check_in_id: str, verdict: str) -> Response:
    """Confirm a check-in from outside, or strike one out."""
    if verdict == "confirm":
        aftermath.confirm_check_in(current_caller(), check_in_id, now=now())
        return back(activity_id, "已确认")
    body = parse_values(VoidCheckIn, {"reason": prompted()})
    aftermath.void_check_in(current_caller(), check_in_id, body, timezone=settings().timezone, now=now())
    return back(activity_id, "已作废，会通知本人")


REQUESTS: dict[str, Callable[..., Any]] = {"leaves": leaves.decide_leave, "make-ups": make_ups.decide_make_up}
VERDICTS = {"approve": RequestState.APPROVED, "deny": RequestState.DENIED}


@bp.post("/activities/<activity_id>/<kind>/<request_id>/<verdict>")
@page()
def decide_request(activity_id: str, kind: str, request_id: str, verdict: str) -> Response:
    """Decide a request for leave or for an entry afterwards."""
    if kind not in REQUESTS or verdict not in VERDICTS:
        raise NotFound()
    body = parse_values(Decision, values_of(request.form, "note"))
    place = (activity_id, request_id)
    REQUESTS[kind](current_caller(), place, VERDICTS[verdict], body, timezone=settings().timezone, now=now())
    return back(activity_id, "已同意" if verdict == "approve" else "已退回")


def back(activity_id: str, message: str) -> Response:
    return done(message, go=url_for("desk.read_activity", activity_id=activity_id))


@bp.get("/duties")
@page()
def duties() -> str:
    """What the organisation owes now, and where it stands."""
    place = place_for(current_caller(), request.args.get("organization"), Right.SEE_ACTIVITIES)
    query = parse_values(DutyQuery, {"limit": 100, **values_of(request.args, "period")})
    zone = settings().timezone
    found = duty_reading.list_duties(current_caller(), place.chosen.code, query, timezone=zone, now=now())
    return show("duties.html", place=place, duties=found.items, query=query, **_dues(place.chosen), **SECTION)


def _dues(here: Organization) -> dict[str, Any]:
    """Whose month is not recorded, for those who keep that record."""
    caller, today = current_caller(), local_day(now(), settings().timezone)
    if not caller.may(Right.KEEP_ROLL, here.path):
        return {"dues": None}
    query = parse_values(OpenDuesQuery, {"limit": 100, **values_of(request.args, "month", "cursor")})
    return {"dues": dues.list_open(caller, here.code, query, today=today), "month": query.month or f"{today:%Y-%m}"}
