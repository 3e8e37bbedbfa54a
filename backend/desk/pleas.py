"""What others ask of the branch about its members: transfers, report-ins, corrections; and members to look for."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, request, url_for

from backend.core.clock import local_day
from backend.core.errors import NotFound
from backend.core.http import Body, now, parse_values, settings
from backend.desk.frame import bp, done, page, show, values_of
from backend.desk.navigation import place_for
from backend.membership.away import watches
from backend.membership.away.forms import CHOICE_LABELS
from backend.membership.away.schemas import Finding, SettleWatch, WatchQuery
from backend.membership.corrections import service as corrections
from backend.membership.corrections.models import CorrectionState
from backend.membership.corrections.schemas import CorrectionQuery, DecideCorrection
from backend.membership.transfers import reading as transfer_reading
from backend.membership.transfers import service as transfers
from backend.membership.transfers.models import TransferState
from backend.membership.transfers.schemas import DeclineTransfer, TransferQuery
from backend.people.caller import current_caller
from backend.people.permissions import Caller, Right
from backend.service.report_ins import reading as report_in_reading
from backend.service.report_ins import service as report_ins
from backend.service.report_ins.models import ReportInState
from backend.service.report_ins.schemas import RefuseReportIn, ReportInQuery

MOST_SHOWN = 30
Decide = Callable[[str], object]


@bp.get("/members/requests")
@page()
def pleas() -> str:
    """Everything about members that waits for the branch's word."""
    place = place_for(current_caller(), request.args.get("organization"), Right.KEEP_ROSTER)
    waiting = _waiting(current_caller(), place.chosen.code)
    findings = CHOICE_LABELS[Finding]
    return show("members_requests.html", place=place, findings=findings, section="desk.members", **waiting)


def _waiting(caller: Caller, code: str) -> dict[str, list[Any]]:
    asked = TransferQuery(side="received", state=TransferState.ASKED, limit=MOST_SHOWN)
    reported = ReportInQuery(state=ReportInState.REPORTED, limit=MOST_SHOWN)
    open_corrections = CorrectionQuery(state=CorrectionState.ASKED, limit=MOST_SHOWN)
    return {
        "transfers": list(transfer_reading.list_transfers(caller, code, asked).items),
        "report_ins": list(report_in_reading.list_of_community(caller, code, reported).items),
        "corrections": list(corrections.list_corrections(caller, code, open_corrections).items),
        "watches": list(watches.list_of_organization(caller, code, WatchQuery(limit=MOST_SHOWN)).items),
    }


def _body(model: type[Body], *names: str) -> Any:
    return parse_values(model, values_of(request.form, *names))


def _accept_transfer(plea: str) -> object:
    return transfers.accept_transfer(current_caller(), plea, timezone=settings().timezone, now=now())


def _decline_transfer(plea: str) -> object:
    return transfers.decline_transfer(current_caller(), plea, _body(DeclineTransfer, "reason"), now=now())


def _confirm_report_in(plea: str) -> object:
    today = local_day(now(), settings().timezone)
    return report_ins.confirm_report_in(current_caller(), plea, today=today, now=now())


def _refuse_report_in(plea: str) -> object:
    return report_ins.refuse_report_in(current_caller(), plea, _body(RefuseReportIn, "reason"), now=now())


def _approve_correction(plea: str) -> object:
    return corrections.approve_correction(current_caller(), plea, _body(DecideCorrection, "note"), now=now())


def _deny_correction(plea: str) -> object:
    return corrections.deny_correction(current_caller(), plea, _body(DecideCorrection, "note"), now=now())


def _settle_watch(plea: str) -> object:
    return watches.settle_watch(current_caller(), plea, _body(SettleWatch, "finding", "note"), now=now())


DECISIONS: Mapping[tuple[str, str], Decide] = {
    ("transfer", "accept"): _accept_transfer,
    ("transfer", "decline"): _decline_transfer,
    ("report-in", "confirm"): _confirm_report_in,
    ("report-in", "refuse"): _refuse_report_in,
    ("correction", "approve"): _approve_correction,
    ("correction", "deny"): _deny_correction,
    ("watch", "settle"): _settle_watch,
}


@bp.post("/members/requests/<kind>/<plea>/<verdict>")
@page()
def decide_plea(kind: str, plea: str, verdict: str) -> Response:
    """Decide one of them."""
    decide = DECISIONS.get((kind, verdict))
    if decide is None:
        raise NotFound()
    decide(plea)
    return done("已办好", go=url_for("desk.pleas"))
