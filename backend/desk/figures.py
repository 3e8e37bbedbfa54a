"""One figure opened: its rule, what is left out, month by month, who below makes it up, and the records behind it."""

from calendar import monthrange
from collections.abc import Collection
from datetime import date
from typing import Any, NamedTuple

from backend.branch_life.records import ActivityRecord, list_check_ins
from backend.core.errors import AppError, NotFound
from backend.core.http import settings
from backend.desk.frame import bp, page, show
from backend.desk.language import say
from backend.desk.numbers import SECTION, Span, asked_span
from backend.people.caller import current_caller
from backend.people.models import Organization
from backend.service.rates.reading import Measured, measured
from backend.service.rates.records import LABELS, OrderRecords, can_list, list_records
from backend.service.rates.rules import RATES, Rate, Unit
from backend.tally import counting
from backend.tally.measures import MEASURES

MONTHS_SHOWN = 12
CHECK_INS = "check_in"
# a count is a rate without anything below the line
FIGURES = {rate.code: rate for rate in RATES} | {
    one.code: Rate(one.code, one.label, Unit.COUNT, one.rule, (one.code,)) for one in MEASURES.values()
}
NAMES = {**LABELS, **{one.code: one.label for one in MEASURES.values()}}


class Part(NamedTuple):
    """An organisation directly below and what it adds to the figure, with all below it."""

    organization: Organization
    measured: Measured


class Records(NamedTuple):
    """What a figure of this very organisation is made of; `refused` says why there is nothing to see."""

    orders: OrderRecords | None = None
    activities: list[ActivityRecord] | None = None
    refused: str = ""


@bp.get("/numbers/<code>")
@page()
def figure(code: str) -> str:
    """A rate or a count, and everything that it stands on."""
    found = FIGURES.get(code)
    if found is None:
        raise NotFound("no_such_figure", "没有这项统计")
    span = asked_span()
    return show(
        "figure.html",
        span=span,
        figure=found,
        whole=_whole(found, span),
        chart=_chart(found, _by_month(found, span)),
        parts=_parts(found, span),
        records=_records(_measures(found), span),
        names=NAMES,
        **SECTION,
    )


def _measures(figure: Rate) -> list[str]:
    return sorted({*figure.above, *figure.below, *figure.less})


def _whole(figure: Rate, span: Span) -> Measured:
    path = span.place.chosen.path
    return measured(figure, counting.totals(_measures(figure), path, first=span.first, last=span.last))


def _by_month(figure: Rate, span: Span) -> dict[str, Measured]:
    """The figure of each of the twelve months up to the last day; one statement."""
    path, last = span.place.chosen.path, span.last
    number = last.year * 12 + last.month - 1
    months = [date(one // 12, one % 12 + 1, 1) for one in range(number - MONTHS_SHOWN + 1, number + 1)]
    end = last.replace(day=monthrange(last.year, last.month)[1])
    counts = {f"{one:%Y-%m}": dict.fromkeys(_measures(figure), 0) for one in months}
    for (day, measure), amount in counting.by_day(_measures(figure), path, first=months[0], last=end).items():
        counts[f"{day:%Y-%m}"][measure] += amount
    return {month: measured(figure, found) for month, found in counts.items()}


def _parts(figure: Rate, span: Span) -> list[Part]:
    """Those directly below that have something, in the order of their codes: no ranking."""
    measures = _measures(figure)
    found = counting.by_child(measures, span.place.chosen.path, first=span.first, last=span.last)
    ids = {child for (child, _), amount in found.items() if amount}
    rows = Organization.select().where(Organization.id.in_(ids)).order_by(Organization.code) if ids else []
    return [Part(row, measured(figure, {name: found.get((row.id, name), 0) for name in measures})) for row in rows]


def _records(measures: Collection[str], span: Span) -> Records:
    days = (span.first, span.last)
    try:
        if CHECK_INS in measures:
            return Records(activities=list_check_ins(current_caller(), span.place.chosen, days))
        if can_list(measures):
            caller, zone = current_caller(), settings().timezone
            return Records(orders=list_records(caller, span.place.chosen, measures, days, timezone=zone))
    except AppError:
        return Records(refused="您能看到这里的数字，看不到逐条记录")
    return Records(refused="这项只计数，不留逐条记录")


def _chart(figure: Rate, months: dict[str, Measured]) -> dict[str, Any]:
    """What ECharts draws: bars by month, in one colour that prints; nothing where there is nothing to divide by."""
    share = figure.unit is Unit.SHARE
    values = [
        None if one.value is None else round(one.value * 100, 1) if share else one.value for one in months.values()
    ]
    axis: dict[str, Any] = {"type": "value", "max": 100} if share else {"type": "value", "minInterval": 1}
    unit = "%" if share else "分钟" if figure.unit is Unit.MINUTES else ""
    return {
        "animation": False,
        "color": ["#a3201d"],
        "backgroundColor": "#fff",
        "title": {
            "text": say(figure.label) + (f" ({say(unit)})" if unit else ""),
            "left": 8,
            "textStyle": {"fontSize": 14},
        },
        "tooltip": {"trigger": "axis"},
        "grid": {"left": 48, "right": 16, "top": 44, "bottom": 32},
        "xAxis": {"type": "category", "data": list(months)},
        "yAxis": axis,
        "series": [{"type": "bar", "name": say(figure.label), "data": values, "barMaxWidth": 42}],
        "aria": {"enabled": True, "decal": {"show": True}},
    }
