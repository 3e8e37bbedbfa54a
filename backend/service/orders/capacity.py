"""How much somebody, or a team, has in hand, and whether more may be sent there (§4.3 row 7)."""

from collections.abc import Collection
from datetime import date
from typing import Any

import peewee as pw

from backend.core.database import rows_of
from backend.core.errors import Conflict
from backend.service.models import ServiceOrder
from backend.service.orders.targets import Target
from backend.service.orders.workflow import State
from backend.service.teams.models import HandlerProfile, Team
from backend.service.teams.reading import away_on
from backend.service.teams.rules import PERSONS_LOAD

IN_HAND = (State.CLAIMED, State.IN_PROGRESS, State.ON_HOLD)
WAITING = (State.DISPATCHED, *IN_HAND)


def refuse_overload(target: Target, *, today: date) -> None:
    """409 for whoever is on leave today, or has as much in hand as he, or the team, takes on; the pool takes all."""
    if target.team_id is not None:
        if set(target.offered_to) <= away_on(target.offered_to, today):
            raise Conflict("target_away", "这个服务队现在没有在岗的队员，请改派")
        _refuse_full(team_loads([target.team_id])[target.team_id], _team_limit(target.team_id))
    elif target.account_id is not None:
        if away_on([target.account_id], today):
            raise Conflict("target_away", "这位同志正在请假，请改派")
        _refuse_full(loads([target.account_id])[target.account_id], limits([target.account_id])[target.account_id])


def _refuse_full(load: int, limit: int) -> None:
    if load >= limit:
        raise Conflict("target_full", f"手上已有{load}件，到了自己定的上限，请改派或派到抢单池", load=load, limit=limit)


def loads(account_ids: Collection[int]) -> dict[int, int]:
    """How many orders each has in hand or was sent and has not answered."""
    held = _counted(ServiceOrder.handler, account_ids, IN_HAND)
    sent = _counted(ServiceOrder.target, account_ids, (State.DISPATCHED,))
    return {one: held.get(one, 0) + sent.get(one, 0) for one in account_ids}


def team_loads(team_ids: Collection[int]) -> dict[int, int]:
    """How many orders each team has been sent that are not done."""
    found = _counted(ServiceOrder.team, team_ids, WAITING)
    return {one: found.get(one, 0) for one in team_ids}


def _counted(column: pw.Field, ids: Collection[int], states: Collection[State]) -> dict[int, int]:
    rows: pw.ModelSelect[Any] = (
        ServiceOrder.select(column, pw.fn.COUNT(ServiceOrder.id))
        .where(column.in_(list(ids)), ServiceOrder.state.in_(list(states)))
        .group_by(column)
    )
    return dict(rows_of(rows))


def limits(account_ids: Collection[int]) -> dict[int, int]:
    """How many orders each takes on at a time: what he has said, else what the rule says."""
    rows: pw.ModelSelect[Any] = HandlerProfile.select(HandlerProfile.account, HandlerProfile.max_load).where(
        HandlerProfile.account.in_(list(account_ids))
    )
    said: dict[int, int] = dict(rows_of(rows))
    return {one: said.get(one, PERSONS_LOAD.value) for one in account_ids}


def _team_limit(team_id: int) -> int:
    return int(Team.select(Team.max_load).where(Team.id == team_id).scalar())
