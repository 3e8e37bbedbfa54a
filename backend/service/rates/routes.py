"""The rates of the order machine over HTTP."""

from flask import Blueprint

from backend.core.clock import local_day
from backend.core.http import endpoint, now, settings
from backend.people.caller import current_caller
from backend.service.rates import reading
from backend.service.rates.schemas import RatesShape, SpanQuery

bp = Blueprint("rates", __name__, url_prefix="/api/v1")


@bp.get("/organizations/<code>/rates")
@endpoint(query=SpanQuery, returns=RatesShape)
def read_rates(code: str, query: SpanQuery) -> RatesShape:
    """The rates of an organisation and all below it, each with its rule, denominator and exclusions."""
    today = local_day(now(), settings().timezone)
    return reading.read_rates(current_caller(), code, query, today=today, now=now())
