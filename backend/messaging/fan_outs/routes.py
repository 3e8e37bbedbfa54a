"""Large sendings over HTTP: their progress, and a hand on the brake."""

from flask import Blueprint

from backend.core.http import endpoint, now
from backend.core.pages import Page
from backend.messaging.fan_outs import service
from backend.messaging.fan_outs.schemas import FanOutQuery, FanOutShape
from backend.messaging.fan_outs.workflow import FanOutStep
from backend.people.caller import current_caller

bp = Blueprint("fan_outs", __name__, url_prefix="/api/v1/fan-outs")


@bp.get("")
@endpoint(query=FanOutQuery, returns=Page[FanOutShape])
def list_fan_outs(query: FanOutQuery) -> Page[FanOutShape]:
    """Sendings to more than 500 readers, newest first, with their progress."""
    return service.list_fan_outs(current_caller(), query)


@bp.get("/<fan_out_id>")
@endpoint(returns=FanOutShape)
def show_fan_out(fan_out_id: str) -> FanOutShape:
    """One sending with its progress and the reasons of what was not sent."""
    return service.show_fan_out(current_caller(), fan_out_id)


@bp.post("/<fan_out_id>/pause")
@endpoint(returns=FanOutShape)
def pause_fan_out(fan_out_id: str) -> FanOutShape:
    """Stop for now; what a bot has in hand still goes out."""
    return service.step_fan_out(current_caller(), fan_out_id, FanOutStep.PAUSE, now=now())


@bp.post("/<fan_out_id>/resume")
@endpoint(returns=FanOutShape)
def resume_fan_out(fan_out_id: str) -> FanOutShape:
    """Go on where it stopped."""
    return service.step_fan_out(current_caller(), fan_out_id, FanOutStep.RESUME, now=now())


@bp.post("/<fan_out_id>/cancel")
@endpoint(returns=FanOutShape)
def cancel_fan_out(fan_out_id: str) -> FanOutShape:
    """Send nothing more of it, for good; inbox copies that were written stay."""
    return service.step_fan_out(current_caller(), fan_out_id, FanOutStep.CANCEL, now=now())
