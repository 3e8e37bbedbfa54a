"""Members of whom activities and study ask nothing by force (clause 23): seen, asked for, decided, ended."""

from collections.abc import Mapping

from flask import Response, request, url_for

from backend.core.clock import local_day
from backend.core.errors import NotFound
from backend.core.http import now, parse_values, settings
from backend.desk.frame import bp, done, page, prompted, show, values_of
from backend.desk.members import everybody
from backend.desk.navigation import place_for
from backend.people.caller import current_caller
from backend.people.exemptions import service
from backend.people.exemptions.models import ExemptionState
from backend.people.exemptions.schemas import (
    REASON_LABELS,
    AskExemption,
    DecideExemption,
    ExemptionQuery,
    RevealExemption,
)
from backend.people.exemptions.service import STATE_LABELS
from backend.people.exemptions.standing import RULE
from backend.people.permissions import Right

WORDS = {"states": STATE_LABELS, "reasons": REASON_LABELS, "rule": RULE, "section": "desk.members"}
VERDICTS: Mapping[str, ExemptionState] = {
    "approve": ExemptionState.APPROVED,
    "deny": ExemptionState.DENIED,
    "end": ExemptionState.ENDED,
}
DONE = {"approve": "已同意", "deny": "已退回", "end": "已结束，从明天起恢复要求"}


@bp.get("/members/exemptions")
@page()
def exemptions() -> str:
    """The exemptions of an organisation with their clause; the reasons stay sealed until somebody says what for."""
    caller = current_caller()
    place = place_for(caller, request.args.get("organization"), Right.KEEP_EXEMPTIONS)
    query = parse_values(ExemptionQuery, {"limit": 50, **values_of(request.args, "state", "cursor")})
    found = service.list_exemptions(caller, place.chosen.code, query)
    return show(
        "exemptions.html",
        place=place,
        exemptions=found.items,
        cursor=found.next_cursor,
        query=query,
        people=everybody(place.chosen.code),
        **WORDS,
    )


@bp.post("/members/exemptions")
@page()
def ask_exemption() -> Response:
    """Ask for one; somebody else of the committee decides."""
    code, today = request.form.get("organization", ""), local_day(now(), settings().timezone)
    body = parse_values(AskExemption, values_of(request.form, "member", "reason", "note", "since_on", "until_on"))
    service.ask_exemption(current_caller(), code, body, today=today, now=now())
    return done("已提交，由另一位班子成员审批", go=url_for("desk.exemptions", organization=code))


@bp.post("/members/exemptions/<exemption_id>/reveal")
@page()
def reveal_exemption(exemption_id: str) -> str:
    """The reason, for a purpose that is logged."""
    body = parse_values(RevealExemption, {"purpose": prompted()})
    found = service.reveal_exemption(current_caller(), exemption_id, body, now=now())
    return show("exemption_reason.html", one=found)


@bp.post("/members/exemptions/<exemption_id>/<verdict>")
@page()
def decide_exemption(exemption_id: str, verdict: str) -> Response:
    """Approve, turn down, or end one."""
    if verdict not in VERDICTS:
        raise NotFound()
    body = parse_values(DecideExemption, values_of(request.form, "note"))
    today = local_day(now(), settings().timezone)
    decided = service.decide_exemption(current_caller(), exemption_id, VERDICTS[verdict], body, today=today, now=now())
    return done(DONE[verdict], go=url_for("desk.exemptions", organization=decided.organization.code))
