"""Joint events at the desk: with whom an activity is held, whom to ask, and the answers that wait here."""

from typing import Any

from flask import Response, request, url_for

from backend.branch_life.activities.models import Activity, ActivityPartner, ActivityState, RequestState
from backend.branch_life.activities.schemas import ActivityShape
from backend.branch_life.partners import service
from backend.branch_life.partners.schemas import AskPartner
from backend.branch_life.waiting import invitations_to
from backend.core.errors import NotFound
from backend.core.http import now, parse_values, settings
from backend.desk.frame import bp, done, page, values_of
from backend.people.caller import current_caller
from backend.people.models import Organization
from backend.people.permissions import Caller, Right

ANSWERS = {"accept": RequestState.APPROVED, "decline": RequestState.DENIED}
SAID = {"accept": "已同意，会通知本支部党员", "decline": "已答复不参加"}
MOST_NEAR = 100


def partners_of(caller: Caller, activity: ActivityShape) -> dict[str, Any]:
    """The partners of an activity, for whom of them the caller may answer, and whom he may ask."""
    partners = service.list_partners(caller, activity.id)
    home = activity.organization.code
    places = _places([home, *(one.organization.code for one in partners)])
    plans = {code for code, place in places.items() if caller.may(Right.PLAN_ACTIVITIES, place.path)}
    to_come = activity.state is not ActivityState.CANCELLED and now() < activity.starts_at
    may_ask = to_come and home in plans
    known = [*places]
    near = _near(places[home], known) if may_ask else []
    return {"partners": partners, "may_answer": plans if to_come else set(), "may_ask": may_ask, "near": near}


def _places(codes: list[str]) -> dict[str, Organization]:
    return {row.code: row for row in Organization.select().where(Organization.code.in_(codes))}


def _near(home: Organization, known: list[str]) -> list[Organization]:
    """The neighbours below the same organisation, to choose from; any other one is named by its code."""
    same = (Organization.parent == home.parent_id) & Organization.code.not_in(known) & Organization.closed_on.is_null()
    return list(Organization.select().where(same).order_by(Organization.code).limit(MOST_NEAR))


def planning_of(caller: Caller, place: Organization) -> dict[str, Any]:
    """Whether the caller plans there, and the joint events that wait for his word, the next one first."""
    if not caller.may(Right.PLAN_ACTIVITIES, place.path):
        return {"may_plan": False, "asked": []}
    waiting = invitations_to([place.id], now=now()).select(ActivityPartner.activity)
    rows = Activity.select(Activity, Organization).join(Organization).where(Activity.id.in_(waiting))
    return {"may_plan": True, "asked": list(rows.order_by(Activity.starts_at))}


@bp.post("/activities/<activity_id>/partners")
@page()
def ask_partner(activity_id: str) -> Response:
    """Ask another organisation; its secretaries are told."""
    body = parse_values(AskPartner, values_of(request.form, "organization"))
    service.ask_partner(current_caller(), activity_id, body, timezone=settings().timezone, now=now())
    return done("已发出邀请，会通知对方书记", go=url_for("desk.read_activity", activity_id=activity_id))


@bp.post("/activities/<activity_id>/partners/<code>/<answer>")
@page()
def answer_partner(activity_id: str, code: str, answer: str) -> Response:
    """The word of the organisation that was asked."""
    if answer not in ANSWERS:
        raise NotFound()
    place = (activity_id, code)
    service.answer_partner(current_caller(), place, ANSWERS[answer], timezone=settings().timezone, now=now())
    return done(SAID[answer], go=url_for("desk.read_activity", activity_id=activity_id))
