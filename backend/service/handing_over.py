"""Grids and teams when their organisation is merged into another."""

from backend.core import reference
from backend.core.errors import Conflict
from backend.service.grids.models import Grid
from backend.service.teams.models import Team


def hand_over_grids_and_teams(source: int, target: int) -> None:
    """They go over with their people and doors, in the caller's unit of work; 409 where the target has the same."""
    for table, name, label in ((Grid, Grid.code, "网格编号"), (Team, Team.name, "队伍名称")):
        there = table.select(name).where(table.organization == target)
        same = table.select(name).where(table.organization == source, name.in_(there)).tuples().first()
        if same is not None:
            raise Conflict("same_name", f"两边都有{label}“{same[0]}”，请先改名或停用其中一个")
        table.update(organization=target).where(table.organization == source).execute()
    reference.changed()
