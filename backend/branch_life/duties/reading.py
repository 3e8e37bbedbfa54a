"""Duties of one organisation, and how far a whole tree has met them."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.branch_life.activities.models import Activity
from backend.branch_life.duties.counting import KINDS, Completion, completions
from backend.branch_life.duties.elsewhere import took_part
from backend.branch_life.duties.models import Duty, DutyState
from backend.branch_life.duties.periods import Every, first_day_of, period_of
from backend.branch_life.duties.rules import DUTY_RULES, rule_for
from backend.branch_life.duties.schemas import (
    CompletionQuery,
    CompletionShape,
    DutyQuery,
    DutyShape,
    Exclusion,
    FigureShape,
    FiguresQuery,
    FiguresShape,
    OwnDutyShape,
    TookPart,
)
from backend.branch_life.duties.settling import locked_from
from backend.branch_life.kinds import KIND_LABELS, ActivityKind
from backend.core.clock import local_day
from backend.core.pages import Page, cursor_number, cursor_path, page_by_id, write_cursor
from backend.people.access import find_organization, in_subtree, require
from backend.people.directory import brief
from backend.people.models import Organization, OrganizationKind
from backend.people.permissions import Caller, Right

STATE_LABELS = {
    DutyState.DUE: "待完成",
    DutyState.MET: "已完成",
    DutyState.LATE: "逾期",
    DutyState.WAIVED: "不适用",
}
_RULE = "已完成 ÷ 应完成；不适用的不计入，逾期补录的计入应完成并单列"
_NOTHING_DUE = "本期没有应完成的组织，不计算比例"


def list_duties(
    caller: Caller, code: str, query: DutyQuery, *, timezone: ZoneInfo, now: datetime
) -> Page[OwnDutyShape]:
    """What an organisation owes: for its members, and for those who may see its life or its numbers."""
    organization = find_organization(code)
    if caller.branch_id != organization.id and not caller.may(Right.SEE_ACTIVITIES, organization.path):
        require(caller, Right.SEE_NUMBERS, organization)
    today = local_day(now, timezone)
    names = [query.period] if query.period else [period_of(every, today).name for every in Every]
    rows = _duties().where(Duty.organization == organization.id, Duty.period.in_(names))
    after = cursor_number(query.cursor)
    if after is not None:
        rows = rows.where(Duty.id > after)
    page, more = page_by_id(list(rows.order_by(Duty.id).limit(query.limit + 1)), query.limit)
    elsewhere = took_part(organization.id, page)
    named = caller.may(Right.SEE_MEMBERS, organization.path)
    return Page([_own_shape(row, elsewhere[row.id], named=named) for row in page], more)


def _own_shape(duty: Any, elsewhere: list[TookPart], *, named: bool) -> OwnDutyShape:
    people = elsewhere if named else None
    return OwnDutyShape(**_shape(duty).model_dump(), elsewhere=len(elsewhere), elsewhere_people=people)


def read_completion(caller: Caller, code: str, query: CompletionQuery, *, now: datetime) -> CompletionShape:
    """Met out of due over an organisation and all below it; who lacks it comes by cursor."""
    organization = find_organization(code)
    require(caller, Right.SEE_NUMBERS, organization)
    figure = _figure_of_period(organization.path, query)
    page, more = _page_lacking(organization.path, query) if figure.open else ([], None)
    return CompletionShape(
        **vars(figure),
        organization=brief(organization),
        period=query.period,
        as_of=now,
        missing=[_shape(row) for row in page],
        next_cursor=more,
    )


def read_figures(caller: Caller, code: str, query: FiguresQuery, *, today: date, now: datetime) -> FiguresShape:
    """The completion of every kind over the periods that began within a span of local days; this year unless given."""
    organization = find_organization(code)
    require(caller, Right.SEE_NUMBERS, organization)
    last = query.last or today
    first = query.first or last.replace(month=1, day=1)
    found = completions(KINDS, organization.path, first=first, last=last)
    return FiguresShape(
        organization=brief(organization),
        first=first,
        last=last,
        as_of=now,
        figures=[_figure(kind, completion) for kind, completion in found.items()],
    )


def _figure_of_period(path: str, query: CompletionQuery) -> FigureShape:
    first = first_day_of(query.period)
    every = next((rule.every for rule in DUTY_RULES if rule.kind is query.kind), None)
    if every is None or period_of(every, first).name != query.period:  # never owed for such a period
        return _figure(query.kind, Completion(0, 0, 0, {}))
    return _figure(query.kind, completions([query.kind], path, first=first, last=first)[query.kind])


def _figure(kind: ActivityKind, counted: Completion) -> FigureShape:
    return FigureShape(
        kind=kind,
        kind_label=KIND_LABELS[kind],
        rule=_RULE,
        sources=[rule.source for rule in DUTY_RULES if rule.kind is kind],
        denominator=counted.due,
        met=counted.met,
        late=counted.late,
        open=counted.open,
        rate=round(counted.met / counted.due, 4) if counted.due else None,
        refused=None if counted.due else _NOTHING_DUE,
        exclusions=[Exclusion(reason=why, count=count) for why, count in counted.waived.items()],
    )


def _page_lacking(path: str, query: CompletionQuery) -> tuple[list[Any], str | None]:
    """Who lacks it, in the order of the tree: a page ends as soon as it is full, however large the tree."""
    rows = _duties().where(
        in_subtree(Organization.path, path),
        Duty.period == query.period,
        Duty.kind == query.kind,
        Duty.state.in_([DutyState.DUE, DutyState.LATE]),
        Duty.activity.is_null(),
    )
    after = cursor_path(query.cursor)
    if after is not None:
        rows = rows.where(Organization.path > after)
    found = list(rows.order_by(Organization.path).limit(query.limit + 1))
    page = found[: query.limit]
    return page, write_cursor(page[-1].organization.path) if len(found) > query.limit else None


def _duties() -> "pw.ModelSelect[Any]":
    return (
        Duty.select(Duty, Organization, Activity)
        .join_from(Duty, Organization)
        .join_from(Duty, Activity, pw.JOIN.LEFT_OUTER)
    )


def _shape(duty: Any) -> DutyShape:
    kind, state = ActivityKind(duty.kind), DutyState(duty.state)
    rule = rule_for(kind, OrganizationKind(duty.organization.kind))
    return DutyShape(
        organization=brief(duty.organization),
        kind=kind,
        kind_label=KIND_LABELS[kind],
        period=duty.period,
        starts_on=duty.starts_on,
        due_on=duty.due_on,
        locked_on=locked_from(duty.due_on),
        state=state,
        state_label=STATE_LABELS[state],
        waived_for=duty.waived_for,
        activity=duty.activity.public_id if duty.activity_id else None,
        settled_at=duty.settled_at,
        asks_minutes=rule is not None and rule.asks_minutes,
        source=rule.source if rule else "",
    )
