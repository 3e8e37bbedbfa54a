"""Large sendings as their publishers see and steer them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from backend.core.database import in_unit_of_work, rows_of, update_exactly_one
from backend.core.errors import Conflict, NotFound
from backend.core.pages import Page, cursor_number, page_by_id
from backend.messaging.fan_outs.due import WAITING
from backend.messaging.fan_outs.models import FanOut, FanOutLog
from backend.messaging.fan_outs.schemas import FanOutQuery, FanOutReason, FanOutShape
from backend.messaging.fan_outs.workflow import STATE_LABELS, FanOutState, FanOutStep, next_state, steps_from
from backend.messaging.models import DeliveryState, OutboxEvent
from backend.people.access import find_organization, no_post, require, within
from backend.people.directory import brief
from backend.people.models import Organization
from backend.people.permissions import Caller, Right


def list_fan_outs(caller: Caller, query: FanOutQuery) -> Page[FanOutShape]:
    """Sendings of the organisations whose publishing the caller steers, newest first."""
    reach = within(caller, Right.STEER_SENDINGS, Organization.path)
    rows = _with_all()
    if query.organization is not None:
        organization = find_organization(query.organization)
        require(caller, Right.STEER_SENDINGS, organization)
        rows = rows.where(FanOut.organization == organization.id)
    elif reach is None:
        raise no_post()
    else:
        rows = rows.where(reach)
    before = cursor_number(query.cursor)
    if before is not None:
        rows = rows.where(FanOut.id < before)
    found, cursor = page_by_id(list(rows.order_by(FanOut.id.desc()).limit(query.limit + 1)), query.limit)
    return Page([_shape(row) for row in found], cursor)


def show_fan_out(caller: Caller, public_id: str) -> FanOutShape:
    """One sending, for those who steer the publishing of its organisation."""
    return _shape(_find(caller, public_id))


def step_fan_out(caller: Caller, public_id: str, step: FanOutStep, *, now: datetime) -> FanOutShape:
    """Pause, resume or cancel: nothing further is begun; what a bot has in hand at this moment still goes out."""

    def work() -> FanOut:
        row = _find(caller, public_id)
        before = FanOutState(row.state)
        after = next_state(before, step)
        if after is None or row.finished_at is not None:
            raise _not_now(before)
        moved = FanOut.update(state=after).where(FanOut.id == row.id, FanOut.state == before)
        update_exactly_one(moved, lambda: _not_now(before))
        if after is FanOutState.CANCELLED:  # what was not found yet need not be found any more
            OutboxEvent.update(spread_at=now).where(
                OutboxEvent.id == row.event_id, OutboxEvent.spread_at.is_null()
            ).execute()
        FanOutLog.create(fan_out=row, at=now, actor=caller.account_id, step=step, from_state=before, to_state=after)
        row.state = after
        return row

    return _shape(in_unit_of_work(work))


def reopen(event_ids: Iterable[int], account_id: int, *, now: datetime) -> None:
    """Sendings that were done go on, since something of them is sent again; in the caller's unit of work."""
    done = FanOut.select(FanOut.id).where(FanOut.event.in_(list(event_ids)), FanOut.state == FanOutState.DONE)
    for (number,) in rows_of(done):
        fresh = {"state": FanOutState.RUNNING, "finished_at": None, "counted_at": None}
        FanOut.update(fresh).where(FanOut.id == number).execute()
        states = {"from_state": FanOutState.DONE, "to_state": FanOutState.RUNNING}
        FanOutLog.create(fan_out=number, at=now, actor=account_id, step=FanOutStep.REOPEN, **states)


def _not_now(state: FanOutState) -> Conflict:
    return Conflict("fan_out_conflict", f"这次发送{STATE_LABELS[state]}，不能再做这一步；请刷新后查看最新进度")


def _with_all() -> Any:
    return FanOut.select(FanOut, Organization, OutboxEvent).join(Organization).switch(FanOut).join(OutboxEvent)


def _find(caller: Caller, public_id: str) -> FanOut:
    row: FanOut | None = _with_all().where(FanOut.public_id == public_id).first()
    if row is None:
        raise NotFound("fan_out_not_found", "没有这次发送，或您无权查看")
    require(caller, Right.STEER_SENDINGS, row.organization)
    return row


def _shape(row: FanOut) -> FanOutShape:
    states: dict[str, int] = row.figures.get("states", {})
    recipients, pending = row.figures.get("recipients", 0), sum(states.get(state, 0) for state in WAITING)
    settled, owed = recipients + sum(states.values()) - pending, row.expected + sum(states.values())
    state = FanOutState(row.state)
    return FanOutShape(
        id=row.public_id,
        organization=brief(row.organization),
        topic=row.event.topic,
        title=row.title,
        state=state,
        state_label=STATE_LABELS[state],
        steps=[] if row.finished_at else steps_from(state),
        expected=row.expected,
        recipients=recipients,
        delivered=states.get(DeliveryState.SENT, 0),
        pending=pending,
        dead=states.get(DeliveryState.DEAD, 0),
        skipped=states.get(DeliveryState.SKIPPED, 0),
        maybe_twice=row.figures.get("maybe_twice", 0),
        ranges=row.figures.get("ranges", 0),
        ranges_done=row.figures.get("ranges_done", 0),
        ranges_dead=row.figures.get("ranges_dead", 0),
        percent=100 if state is FanOutState.DONE else min(99, 100 * settled // max(owed, 1)),
        reasons=[
            FanOutReason(reason=reason, count=count) for reason, count in sorted(row.figures.get("reasons", {}).items())
        ],
        created_at=row.created_at,
        planned_at=row.event.spread_at,
        counted_at=row.counted_at,
        finished_at=row.finished_at,
    )
