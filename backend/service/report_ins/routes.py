"""Report-ins over HTTP."""

from flask import Blueprint

from backend.core.clock import local_day
from backend.core.http import endpoint, now, settings
from backend.core.pages import Page, PageQuery
from backend.people.caller import current_caller
from backend.service.report_ins import reading, service
from backend.service.report_ins.schemas import RefuseReportIn, ReportInQuery, ReportInShape, ReportToCommunity

bp = Blueprint("report_ins", __name__, url_prefix="/api/v1")


@bp.post("/me/report-ins")
@endpoint(body=ReportToCommunity, returns=ReportInShape, status=201)
def report_in(body: ReportToCommunity) -> ReportInShape:
    """Report in to a community (双报到)."""
    return service.report_in(current_caller(), body, now=now())


@bp.get("/me/report-ins")
@endpoint(query=PageQuery, returns=Page[ReportInShape])
def list_own_report_ins(query: PageQuery) -> Page[ReportInShape]:
    """One's own report-ins."""
    return reading.list_own(current_caller(), query)


@bp.get("/organizations/<code>/report-ins")
@endpoint(query=ReportInQuery, returns=Page[ReportInShape])
def list_report_ins(code: str, query: ReportInQuery) -> Page[ReportInShape]:
    """Who reported in to a community, with skills, free hours and claimed posts."""
    return reading.list_of_community(current_caller(), code, query)


@bp.post("/report-ins/<report_in_id>/confirm")
@endpoint(returns=ReportInShape)
def confirm_report_in(report_in_id: str) -> ReportInShape:
    """The community branch takes him in."""
    today = local_day(now(), settings().timezone)
    return service.confirm_report_in(current_caller(), report_in_id, today=today, now=now())


@bp.post("/report-ins/<report_in_id>/refuse")
@endpoint(body=RefuseReportIn, returns=ReportInShape)
def refuse_report_in(report_in_id: str, body: RefuseReportIn) -> ReportInShape:
    """The community branch does not, and says why."""
    return service.refuse_report_in(current_caller(), report_in_id, body, now=now())


@bp.post("/report-ins/<report_in_id>/leave")
@endpoint(returns=ReportInShape)
def leave_community(report_in_id: str) -> ReportInShape:
    """He moves away."""
    today = local_day(now(), settings().timezone)
    return service.leave_community(current_caller(), report_in_id, today=today, now=now())
