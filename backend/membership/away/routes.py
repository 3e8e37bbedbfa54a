"""Members away from home over HTTP: put a stay down, read it, and one route for each step."""

from collections.abc import Callable

from flask import Blueprint, Response

from backend.core.http import Body, endpoint, now, settings
from backend.core.pages import Page, PageQuery
from backend.membership.away import contacts, reading, service, watches
from backend.membership.away.schemas import FlowQuery, LogContact, PlanFlow, SettleWatch, WatchQuery
from backend.membership.away.shapes import FlowBrief, FlowContactShape, FlowShape, WatchShape
from backend.membership.away.steps import STEPS, Step
from backend.people.caller import current_caller

bp = Blueprint("floating_records", __name__, url_prefix="/api/v1")


@bp.post("/floating-records")
@endpoint(body=PlanFlow, returns=FlowShape, status=201)
def plan_flow(body: PlanFlow) -> FlowShape:
    """Put a stay away from home down, before leaving or on arrival (流动党员登记)."""
    return service.plan_flow(current_caller(), body, timezone=settings().timezone, now=now())


@bp.get("/floating-records/<flow_id>")
@endpoint(returns=FlowShape)
def read_flow(flow_id: str) -> FlowShape:
    """A stay, with what the caller may do now."""
    return service.read_flow(current_caller(), flow_id, timezone=settings().timezone, now=now())


@bp.get("/me/floating-records")
@endpoint(query=PageQuery, returns=Page[FlowBrief])
def list_own_flows(query: PageQuery) -> Page[FlowBrief]:
    """One's own stays, the newest first."""
    return reading.list_own(current_caller(), query)


@bp.get("/me/floating-contacts")
@endpoint(query=PageQuery, returns=Page[FlowBrief])
def list_flows_to_contact(query: PageQuery) -> Page[FlowBrief]:
    """The stays whose contact person one is."""
    return reading.list_to_contact(current_caller(), query)


@bp.get("/organizations/<code>/floating-records")
@endpoint(query=FlowQuery, returns=Page[FlowBrief])
def list_flows(code: str, query: FlowQuery) -> Page[FlowBrief]:
    """Stays of an organisation's own members (side=home), or of those whom it hosts (side=host)."""
    return reading.list_of_organization(current_caller(), code, query)


@bp.post("/floating-records/<flow_id>/contacts")
@endpoint(body=LogContact, returns=FlowContactShape, status=201)
def log_contact(flow_id: str, body: LogContact) -> FlowContactShape:
    """Home kept in touch, or tried to."""
    return contacts.log_contact(current_caller(), flow_id, body, timezone=settings().timezone, now=now())


@bp.get("/floating-records/<flow_id>/contacts")
@endpoint(query=PageQuery, returns=Page[FlowContactShape])
def list_contacts(flow_id: str, query: PageQuery) -> Page[FlowContactShape]:
    """The contacts of a stay, for the home branch and the contact person."""
    return contacts.list_contacts(current_caller(), flow_id, query, timezone=settings().timezone, now=now())


@bp.get("/me/floating-watches")
@endpoint(query=WatchQuery, returns=Page[WatchShape])
def list_own_watches(query: WatchQuery) -> Page[WatchShape]:
    """Members of whom nothing was heard, and whom one is asked to look for."""
    return watches.list_own(current_caller(), query)


@bp.get("/organizations/<code>/floating-watches")
@endpoint(query=WatchQuery, returns=Page[WatchShape])
def list_watches(code: str, query: WatchQuery) -> Page[WatchShape]:
    """The same for all members of an organisation."""
    return watches.list_of_organization(current_caller(), code, query)


@bp.post("/floating-watches/<watch_id>/settle")
@endpoint(body=SettleWatch, returns=WatchShape)
def settle_watch(watch_id: str, body: SettleWatch) -> WatchShape:
    """Say what came of looking."""
    return watches.settle_watch(current_caller(), watch_id, body, now=now())


def _view_of(step: Step) -> Callable[..., Response]:
    def take_step(flow_id: str, body: Body) -> FlowShape:
        return service.take_step(step, current_caller(), flow_id, body, timezone=settings().timezone, now=now())

    take_step.__name__ = step.step.replace("-", "_") + "_flow"
    take_step.__doc__ = f"{reading.STEP_LABELS[step.step]} ({step.step})."
    return endpoint(body=step.body, returns=FlowShape)(take_step)


for _step in STEPS.values():
    bp.add_url_rule(f"/floating-records/<flow_id>/{_step.step}", view_func=_view_of(_step), methods=["POST"])
