"""The table of allowances over HTTP."""

from flask import Blueprint

from backend.core.clock import local_day
from backend.core.http import endpoint, now, settings
from backend.people.caller import current_caller
from backend.service.timers import settings as timers
from backend.service.timers.schemas import SetTimer, TimerShape

bp = Blueprint("timers", __name__, url_prefix="/api/v1/organizations/<code>/timers")


@bp.get("")
@endpoint(returns=list[TimerShape])
def list_timers(code: str) -> list[TimerShape]:
    """How long each stage may take here, with the basis, and what held before."""
    return timers.list_timers(code, today=local_day(now(), settings().timezone))


@bp.post("")
@endpoint(body=SetTimer, returns=TimerShape, status=201)
def set_timer(code: str, body: SetTimer) -> TimerShape:
    """Set an allowance here and below from a day on."""
    today = local_day(now(), settings().timezone)
    return timers.set_timer(current_caller(), code, body, today=today, now=now())


@bp.delete("/<timer_id>")
@endpoint()
def withdraw_timer(code: str, timer_id: str) -> None:
    """Take an own allowance back."""
    today = local_day(now(), settings().timezone)
    timers.withdraw_timer(current_caller(), code, timer_id, today=today, now=now())
