"""Duties of one organisation, and how far a whole tree has met them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import peewee as pw

from backend.branch_life.activities.models import Activity
from backend.branch_life.duties.models import Duty, DutyState
from backend.branch_life.duties.periods import Every, period_of
from backend.branch_life.duties.rules import DUTY_RULES, rule_for
from backend.branch_life.duties.schemas import (
    CompletionQuery,
    CompletionShape,
    DutyQuery,
    DutyShape,
    Exclusion,
)
from backend.branch_life.duties.settling import locked_from
from backend.branch_life.kinds import KIND_LABELS, ActivityKind
from backend.core.clock import local_day
from backend.core.database import rows_of
from backend.core.pages import Page, cursor_number, page_by_id
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


def list_duties(caller: Caller, code: str, query: DutyQuery, *, timezone: ZoneInfo, now: datetime) -> Page[DutyShape]:
    """What an organisation owes: for its members, and for those who may see its life or its numbers."""
    organization = find_organization(code)
    if caller.branch_id != organization.id and not caller.may(Right.SEE_ACTIVITIES, organization.path):
        require(caller, Right.SEE_NUMBERS, organization)
    today = local_day(now, timezone)
    names = [query.period] if query.period else [period_of(every, today).name for every in Every]
    rows = _duties().where(Duty.organization == organization.id, Duty.period.in_(names))
    page, more = _page(rows, query)
    return Page([_shape(row) for row in page], more)


def read_completion(caller: Caller, code: str, query: CompletionQuery, *, now: datetime) -> CompletionShape:
    """Met out of due over an organisation and all below it; who lacks it comes by cursor."""
    organization = find_organization(code)
    require(caller, Right.SEE_NUMBERS, organization)
    figures = _figures(organization.path, query)
    counts = {name: sum(count for part, _, count in figures if part == name) for name in ("met", "late", "open")}
    due = sum(counts.values())
    page, more = _page(_lacking(organization.path, query), query)
    return CompletionShape(
        organization=brief(organization),
        kind=query.kind,
        kind_label=KIND_LABELS[query.kind],
        period=query.period,
        rule=_RULE,
        sources=[rule.source for rule in DUTY_RULES if rule.kind is query.kind],
        denominator=due,
        **counts,
        rate=round(counts["met"] / due, 4) if due else None,
        refused=None if due else _NOTHING_DUE,
        exclusions=[Exclusion(reason=why, count=count) for part, why, count in figures if part == "waived"],
        as_of=now,
        missing=[_shape(row) for row in page],
        next_cursor=more,
    )


def _figures(path: str, query: CompletionQuery) -> list[tuple[str, str, int]]:
    """One statement over one range of the tree: part (met, late, open, waived), why it is waived, how many."""
    part = pw.Case(
        None,
        [
            (Duty.state == DutyState.WAIVED, "waived"),
            (Duty.state == DutyState.MET, "met"),
            (Duty.activity.is_null(False), "late"),
        ],
        "open",
    )
    counted = (
        Duty.select(part.alias("part"), pw.fn.COALESCE(Duty.waived_for, ""), pw.fn.COUNT(Duty.id))
        .join(Organization)
        .where(_in_question(path, query))
        .group_by(pw.SQL("1"), pw.SQL("2"))
        .order_by(pw.SQL("1"), pw.SQL("2"))
    )
    return [(str(name), str(why), int(count)) for name, why, count in rows_of(counted)]


def _lacking(path: str, query: CompletionQuery) -> "pw.ModelSelect[Any]":
    return _duties().where(
        _in_question(path, query),
        Duty.state.in_([DutyState.DUE, DutyState.LATE]),
        Duty.activity.is_null(),
    )


def _in_question(path: str, query: CompletionQuery) -> pw.Expression:
    return in_subtree(Organization.path, path) & (Duty.period == query.period) & (Duty.kind == query.kind)


def _duties() -> "pw.ModelSelect[Any]":
    return (
        Duty.select(Duty, Organization, Activity)
        .join_from(Duty, Organization)
        .join_from(Duty, Activity, pw.JOIN.LEFT_OUTER)
        .order_by(Duty.id)
    )


def _page(rows: "pw.ModelSelect[Any]", query: DutyQuery | CompletionQuery) -> tuple[Iterable[Any], str | None]:
    after = cursor_number(query.cursor)
    if after is not None:
        rows = rows.where(Duty.id > after)
    return page_by_id(list(rows.limit(query.limit + 1)), query.limit)


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
