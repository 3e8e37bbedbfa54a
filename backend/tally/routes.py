"""Numbers of an organisation and all below it, over HTTP."""

from flask import Blueprint

from backend.core.clock import local_day
from backend.core.errors import invalid_field
from backend.core.http import endpoint, now, settings
from backend.people.access import find_organization, require
from backend.people.caller import current_caller
from backend.people.permissions import Right
from backend.tally import counting
from backend.tally.measures import MEASURES
from backend.tally.schemas import NumberQuery, NumberShape

bp = Blueprint("tally", __name__, url_prefix="/api/v1")


@bp.get("/organizations/<code>/numbers")
@endpoint(query=NumberQuery, returns=NumberShape)
def read_number(code: str, query: NumberQuery) -> NumberShape:
    """One number of an organisation and all below it, with its rule and the instant that it holds for."""
    organization = find_organization(code)
    require(current_caller(), Right.SEE_NUMBERS, organization)
    measure = MEASURES.get(query.measure)
    if measure is None:
        raise invalid_field("measure", "unknown_measure", "没有这项统计：" + "、".join(MEASURES))
    last = query.last or local_day(now(), settings().timezone)
    first = query.first or last.replace(month=1, day=1)
    value = counting.total(measure.code, organization.path, first=first, last=last)
    words = {"measure": measure.code, "label": measure.label, "rule": measure.rule}
    return NumberShape(**words, organization=code, value=value, first=first, last=last, as_of=now())
