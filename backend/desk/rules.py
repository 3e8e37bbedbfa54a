"""The rules by which everything goes: kinds of orders, allowances, worked days, figures, and who changed what."""

from datetime import date

from flask import Response, request, url_for

from backend.branch_life.duties.rules import DUTY_RULES
from backend.branch_life.kinds import KIND_LABELS
from backend.branch_life.minutes.rules import MAJORITY, QUORUM
from backend.core.clock import local_day
from backend.core.errors import NotFound
from backend.core.http import now, parse_values, settings
from backend.desk.frame import bp, done, page, show, values_of
from backend.desk.navigation import Place, place_for
from backend.desk.orders import PRIORITIES
from backend.membership.away import rules as away
from backend.membership.posts import rules as terms
from backend.people.access import require
from backend.people.audits.service import rule_changes
from backend.people.caller import current_caller
from backend.people.permissions import Right
from backend.service.catalogue.listing import list_service_types
from backend.service.models import Stage
from backend.service.orders.labels import STAGE_LABELS
from backend.service.rates.rules import RATES
from backend.service.timers import settings as timers
from backend.service.timers.schemas import SetTimer, TimerShape, Unit
from backend.workdays import service as workdays
from backend.workdays.schemas import DeclareDay, YearQuery

SECTION = {"section": "desk.rules"}
UNITS = {
    Unit.WORKING_HOURS: "个工作小时",
    Unit.WORKING_DAYS: "个工作日",
    Unit.MINUTES: "分钟（不分昼夜）",
    Unit.HOURS: "小时（不分昼夜）",
    Unit.DAYS: "天（自然日）",
}
EVERY = {"month": "每月", "quarter": "每季度", "year": "每年"}
# figures that a person may want to look up: what it is about, the figure, the clause
FIGURES = (
    *((f"{KIND_LABELS[kind]}：{rule.unit}", f"{rule.value[0]}/{rule.value[1]} 以上", rule.source)
      for kind, rule in QUORUM.items()),
    (f"决议通过：{MAJORITY.unit}", f"超过 {MAJORITY.value[0]}/{MAJORITY.value[1]}", MAJORITY.source),
    *((label, f"{before}{rule.value} {rule.unit}", rule.source) for label, before, rule in (
        ("村、社区支部任期", "", terms.TERM_OF_VILLAGES),
        ("其他支部任期", "", terms.TERM_OF_OTHERS),
        ("联系流动党员", "每 ", away.CONTACT_EVERY),
        ("联系出国（境）党员", "每 ", away.CONTACT_EVERY_ABROAD),
        ("建议转接组织关系", "外出 ", away.TRANSFER_AFTER),
    )),
)  # fmt: skip


def place_of_rules() -> Place:
    """The organisation whose rules are shown."""
    place = place_for(current_caller(), request.args.get("organization"), Right.SEE_ORGANIZATION)
    require(current_caller(), Right.SEE_ORGANIZATION, place.chosen)
    return place


def _today() -> date:
    return local_day(now(), settings().timezone)


@bp.get("/rules/timers")
@page()
def timer_rules() -> str:
    """How long each stage may take, by priority and kind; own rows, those to come and those that held before."""
    place = place_of_rules()
    rows = timers.list_timers(place.chosen.code, today=_today())
    return show(
        "rules_timers.html",
        place=place,
        table=_table([row for row in rows if row.in_force and row.service_type is None]),
        special=_alike([row for row in rows if row.in_force and row.service_type is not None]),
        other=[row for row in rows if not row.in_force],
        may_keep=current_caller().may(Right.KEEP_RULES, place.chosen.path),
        types=list_service_types(place.chosen.path),
        **TIMER_WORDS,
        **SECTION,
    )


TIMER_WORDS = {"stages": STAGE_LABELS, "priorities": PRIORITIES, "units": UNITS}


def _table(rows: list[TimerShape]) -> dict[Stage, dict[str, TimerShape]]:
    """The row that counts for each stage and priority: the nearest organisation's, which comes last."""
    counting: dict[Stage, dict[str, TimerShape]] = {}
    for row in rows:
        counting.setdefault(row.stage, {})[row.priority.value] = row
    return counting


def _alike(rows: list[TimerShape]) -> list[tuple[TimerShape, str]]:
    """Rows that differ in nothing but their priority, as one, with the priorities in words."""
    found: dict[tuple[object, ...], list[TimerShape]] = {}
    for row in rows:
        own = row.id if row.organization else None  # what somebody set may be taken back one by one
        found.setdefault((row.service_type, row.stage, row.words, row.source, own), []).append(row)
    everything = len(PRIORITIES)
    return [
        (same[0], "全部" if len(same) == everything else "、".join(PRIORITIES[one.priority.value] for one in same))
        for same in found.values()
    ]


@bp.post("/rules/timers")
@page()
def set_timer() -> Response:
    """Set an allowance from a day on."""
    code = request.form.get("organization", "")
    body = parse_values(SetTimer, values_of(request.form, *SetTimer.model_fields))
    timers.set_timer(current_caller(), code, body, today=_today(), now=now())
    return done("已保存，到日子起对新的环节生效", go=url_for("desk.timer_rules", organization=code))


@bp.post("/rules/timers/<timer_id>/withdraw")
@page()
def withdraw_timer(timer_id: str) -> Response:
    """Let the row above hold again."""
    code = request.form.get("organization", "")
    timers.withdraw_timer(current_caller(), code, timer_id, today=_today(), now=now())
    return done("已停用", go=url_for("desk.timer_rules", organization=code))


@bp.get("/rules/calendar")
@page()
def work_calendar() -> str:
    """Days that are worked otherwise than published, here and above."""
    place = place_of_rules()
    query = parse_values(YearQuery, values_of(request.args, "year"))
    year = workdays.read_year(place.chosen.code, query, today=_today())
    may_keep = current_caller().may(Right.KEEP_CALENDAR, place.chosen.path)
    return show("rules_calendar.html", place=place, year=year, may_keep=may_keep, today=_today(), **SECTION)


@bp.post("/rules/calendar")
@page()
def declare_day() -> Response:
    """Say that a day is, or is not, worked."""
    code = request.form.get("organization", "")
    body = parse_values(DeclareDay, values_of(request.form, "on", "working", "reason"))
    workdays.declare_day(current_caller(), code, body, timezone=settings().timezone, now=now())
    return done("已保存", go=url_for("desk.work_calendar", organization=code, year=body.on.year))


@bp.post("/rules/calendar/<on>/withdraw")
@page()
def withdraw_day(on: str) -> Response:
    """Let the published calendar hold again."""
    code = request.form.get("organization", "")
    try:
        day = date.fromisoformat(on)
    except ValueError:
        raise NotFound() from None
    workdays.withdraw_day(current_caller(), code, day, timezone=settings().timezone, now=now())
    return done("已撤销，按国家公布的日历", go=url_for("desk.work_calendar", organization=code))


@bp.get("/rules/figures")
@page()
def rule_figures() -> str:
    """Percentages, terms and duties, each with its clause."""
    duties = [(KIND_LABELS[rule.kind], EVERY.get(rule.every.value, rule.every.value), rule) for rule in DUTY_RULES]
    return show("rules_figures.html", place=place_of_rules(), figures=FIGURES, duties=duties, rates=RATES, **SECTION)


@bp.get("/rules/changes")
@page()
def changed_rules() -> str:
    """Who changed what of the rules that hold here."""
    place = place_of_rules()
    changes = rule_changes(current_caller(), place.chosen.code)
    return show("rules_changes.html", place=place, changes=changes, **SECTION)
