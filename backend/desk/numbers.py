"""Numbers of an organisation and all below it, each with its rule; as a page, a curve and a CSV. Never of a person."""

import csv
import io
from calendar import monthrange
from datetime import date
from typing import Any
from urllib.parse import quote

from flask import Response, request

from backend.branch_life.duties import reading as duties
from backend.branch_life.duties.rules import DUTY_RULES
from backend.branch_life.duties.schemas import CompletionQuery, CompletionShape
from backend.branch_life.kinds import KIND_LABELS
from backend.core.clock import local_day
from backend.core.http import now, parse_values, settings
from backend.desk.frame import bp, page, show, values_of
from backend.desk.navigation import Place, place_for
from backend.people.access import require
from backend.people.caller import current_caller
from backend.people.permissions import Right
from backend.tally import counting
from backend.tally.measures import MEASURES, Measure
from backend.tally.schemas import NumberQuery

MONTHS_SHOWN = 12
OWED_KINDS = {rule.kind: KIND_LABELS[rule.kind] for rule in DUTY_RULES}
DEFAULT = "order_submitted"
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def _asked() -> tuple[Place, Measure, date, date]:
    """Which organisation, which measure, from when to when: this year so far unless asked otherwise."""
    place = place_for(current_caller(), request.args.get("organization"), Right.SEE_NUMBERS)
    require(current_caller(), Right.SEE_NUMBERS, place.chosen)
    query = parse_values(NumberQuery, {"measure": DEFAULT, **values_of(request.args, "measure", "from", "to")})
    last = query.last or local_day(now(), settings().timezone)
    return place, MEASURES.get(query.measure) or MEASURES[DEFAULT], query.first or last.replace(month=1, day=1), last


def _values(place: Place, first: date, last: date) -> list[tuple[Measure, int]]:
    """Every measure with its value, in one statement."""
    found = counting.totals(list(MEASURES), place.chosen.path, first=first, last=last)
    return [(one, found[one.code]) for one in MEASURES.values()]


def _months(last: date) -> list[date]:
    """First days of the twelve months up to a day."""
    whole = last.year * 12 + last.month - 1
    return [date(number // 12, number % 12 + 1, 1) for number in range(whole - MONTHS_SHOWN + 1, whole + 1)]


def _by_month(place: Place, measure: Measure, last: date) -> dict[str, int]:
    path = place.chosen.path
    ends = {one: one.replace(day=monthrange(one.year, one.month)[1]) for one in _months(last)}
    return {f"{one:%Y-%m}": counting.total(measure.code, path, first=one, last=end) for one, end in ends.items()}


@bp.get("/numbers")
@page()
def numbers() -> str:
    """Every measure of a period, and one of them month by month."""
    place, measure, first, last = _asked()
    return show(
        "numbers.html",
        place=place,
        values=_values(place, first, last),
        measure=measure,
        first=first,
        last=last,
        completion=_completion(place.chosen.code, last),
        kinds=OWED_KINDS,
        chart=_chart(measure, _by_month(place, measure, last)),
    )


def _completion(code: str, last: date) -> CompletionShape:
    """How far the organisations have met one duty of a period, with denominator and exclusions."""
    given = values_of(request.args, "kind", "period")
    query = parse_values(CompletionQuery, {"kind": "party_day", "period": f"{last:%Y-%m}", "limit": 20, **given})
    return duties.read_completion(current_caller(), code, query, now=now())


def _chart(measure: Measure, months: dict[str, int]) -> dict[str, Any]:
    """What ECharts draws: bars by month, in one colour that prints."""
    return {
        "animation": False,
        "color": ["#a3201d"],
        "tooltip": {"trigger": "axis"},
        "grid": {"left": 48, "right": 16, "top": 24, "bottom": 32},
        "xAxis": {"type": "category", "data": list(months)},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [{"type": "bar", "name": measure.label, "data": list(months.values()), "barMaxWidth": 42}],
        "aria": {"enabled": True, "decal": {"show": True}},
    }


@bp.get("/numbers.csv")
@page()
def export_numbers() -> Response:
    """The same as a CSV that spreadsheets open in Chinese, with no cell that could be taken for a formula."""
    place, _, first, last = _asked()
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow(["指标", "数值", "口径", "组织", "起", "止", "统计时间"])
    at = now().astimezone(settings().timezone).isoformat(timespec="seconds")
    for one, value in _values(place, first, last):
        table.writerow([_plain(cell) for cell in (one.label, value, one.rule, place.chosen.name, first, last, at)])
    answer = Response("\ufeff" + written.getvalue(), mimetype="text/csv")
    name = quote(f"{place.chosen.name}-{first}-{last}.csv")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return answer


def _plain(cell: object) -> str:
    text = str(cell)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
