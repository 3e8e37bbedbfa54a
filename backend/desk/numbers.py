"""Numbers of an organisation and all below it, on one page and as a table to take along. Never of a person."""

from datetime import date
from typing import Any, NamedTuple
from urllib.parse import quote

from flask import Response, request, stream_with_context

from backend.branch_life.duties import reading as duties
from backend.branch_life.duties.rules import DUTY_RULES
from backend.branch_life.duties.schemas import CompletionQuery, CompletionShape
from backend.branch_life.kinds import KIND_LABELS
from backend.core.clock import local_day
from backend.core.http import now, parse_values, settings
from backend.core.sheets import XLSX, as_csv, as_xlsx
from backend.desk.frame import bp, page, show, values_of
from backend.desk.navigation import Place, place_for
from backend.messaging import burden
from backend.messaging.schemas import BurdenQuery
from backend.people.access import require
from backend.people.caller import current_caller
from backend.people.permissions import Right
from backend.service.exports.schemas import OrderExportQuery
from backend.service.exports.service import export_orders
from backend.service.rates import reading as rates
from backend.service.rates.rules import Unit
from backend.service.rates.schemas import RateShape, SpanQuery
from backend.tally import counting
from backend.tally.measures import MEASURES, Measure

OWED_KINDS = {rule.kind: KIND_LABELS[rule.kind] for rule in DUTY_RULES}
HEADINGS = ("指标", "数值", "分子", "分母", "口径", "不计入", "组织", "起", "止", "统计时间")
SECTION = {"section": "desk.numbers"}


class Span(NamedTuple):
    """Which organisation with all below it, over which local days, both included."""

    place: Place
    first: date
    last: date

    @property
    def query(self) -> dict[str, str]:
        """The same as it stands in an address."""
        return {"organization": self.place.chosen.code, "from": f"{self.first}", "to": f"{self.last}"}


def asked_span() -> Span:
    """What the address asks for: one's own organisation and this year so far unless it says otherwise."""
    place = place_for(current_caller(), request.args.get("organization"), Right.SEE_NUMBERS)
    require(current_caller(), Right.SEE_NUMBERS, place.chosen)
    query = parse_values(SpanQuery, values_of(request.args, "from", "to"))
    return Span(place, *query.days(local_day(now(), settings().timezone)))


def _counts(span: Span) -> list[tuple[Measure, int]]:
    """Every measure with its value, in one statement."""
    found = counting.totals(list(MEASURES), span.place.chosen.path, first=span.first, last=span.last)
    return [(one, found[one.code]) for one in MEASURES.values()]


def _rates(span: Span) -> list[RateShape]:
    query = parse_values(SpanQuery, {"from": f"{span.first}", "to": f"{span.last}"})
    return rates.read_rates(current_caller(), span.place.chosen.code, query, today=span.last, now=now()).rates


@bp.app_template_filter("in_unit")
def in_unit(value: float | None, unit: Unit) -> str:
    """A figure as people read it: `98.7%`, `12.5 分钟`, a count; a dash for a share of nothing."""
    if value is None:
        return "—"
    if unit is Unit.SHARE:
        return f"{value:.1%}"
    return f"{value:g} 分钟" if unit is Unit.MINUTES else f"{value:g}"


@bp.get("/numbers")
@page()
def numbers() -> str:
    """Every rate and every count of a period, how far duties are met, and what the system cost its users."""
    span = asked_span()
    code = span.place.chosen.code
    days = parse_values(BurdenQuery, {"from": f"{span.first}", "to": f"{span.last}"})
    return show(
        "numbers.html",
        span=span,
        place=span.place,
        rates=_rates(span),
        counts=_counts(span),
        completion=_completion(code, span.last),
        kinds=OWED_KINDS,
        burden=burden.read_burden(current_caller(), code, days, timezone=settings().timezone, now=now()),
        may_export=current_caller().may(Right.SEE_ORDERS, span.place.chosen.path),
    )


def _completion(code: str, last: date) -> CompletionShape:
    """How far the organisations have met one duty of a period, with denominator and exclusions."""
    given = values_of(request.args, "kind", "period", "cursor")
    query = parse_values(CompletionQuery, {"kind": "party_day", "period": f"{last:%Y-%m}", "limit": 20, **given})
    return duties.read_completion(current_caller(), code, query, now=now())


@bp.get("/numbers.csv", defaults={"kind": "csv"})
@bp.get("/numbers.xlsx", defaults={"kind": "xlsx"})
@page()
def export_numbers(kind: str) -> Response:
    """The same as a table that spreadsheets open in Chinese, with no cell that could be taken for a formula."""
    span = asked_span()
    written = as_csv(HEADINGS, _rows(span)) if kind == "csv" else as_xlsx(HEADINGS, _rows(span))
    answer = Response(written, mimetype="text/csv" if kind == "csv" else XLSX)
    name = quote(f"{span.place.chosen.name}-{span.first}-{span.last}.{kind}")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return answer


def _rows(span: Span) -> list[tuple[Any, ...]]:
    at = now().astimezone(settings().timezone).isoformat(timespec="seconds")
    where = (span.place.chosen.name, f"{span.first}", f"{span.last}", at)
    shares = [
        (
            one.label,
            in_unit(one.value, one.unit),
            one.numerator,
            _or_nothing(one.denominator),
            one.rule,
            "；".join(one.exclusions),
        )
        for one in _rates(span)
    ]
    plain = [(one.label, value, value, "", one.rule, "") for one, value in _counts(span)]
    return [(*row, *where) for row in (*shares, *plain)]


def _or_nothing(number: int | None) -> int | str:
    return "" if number is None else number


@bp.get("/numbers/orders")
@page()
def export_order_list() -> Response:
    """The orders of a period as a file, written as it is read: neither words, names nor exact places."""
    place = place_for(current_caller(), request.args.get("organization"), Right.SEE_ORDERS)
    query = parse_values(OrderExportQuery, values_of(request.args, "from", "to", "format"))
    content_type, chunks = export_orders(
        current_caller(), place.chosen.code, query, timezone=settings().timezone, now=now()
    )
    answer = Response(stream_with_context(chunks), content_type=content_type)
    name = quote(f"{place.chosen.name}工单.{query.format}")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    return answer
