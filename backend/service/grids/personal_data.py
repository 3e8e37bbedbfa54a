"""What the grids know of a person."""

from typing import Any

from backend.people.held import DELETED, Fate, Held
from backend.service.grids.households import FLAG_LABELS, flags_of
from backend.service.grids.models import DutySlot, Grid, GridWorker, Household, HouseholdMember


def export(account_id: int) -> dict[str, Any]:
    """The doors that he lives or lived behind, what is noted of the present one, and the grids he looks after."""
    rows = list(
        HouseholdMember.select(HouseholdMember, Household, Grid)
        .join(Household)
        .join(Grid)
        .where(HouseholdMember.account == account_id)
        .order_by(HouseholdMember.id)
    )
    worked: Any = GridWorker.select(Grid.name, GridWorker.since_on, GridWorker.until_on).join(Grid)
    return {
        "households": [
            {
                "grid": row.household.grid.name,
                "door": row.household.door,
                "joined_at": row.joined_at,
                "left_at": row.left_at,
                "flags": [FLAG_LABELS[flag] for flag in flags_of(row.household)] if row.current else [],
            }
            for row in rows
        ],
        "grids_looked_after": list(worked.where(GridWorker.account == account_id).order_by(GridWorker.id).dicts()),
    }


HELD = (
    Held("住户", HouseholdMember.account, DELETED),
    Held("网格员", GridWorker.account, Fate("网格何时由谁负责，属于党组织的记录")),
    Held("值班", DutySlot.account, Fate("值班表归党组织", {"account": None}), ("grid", "weekday", "on")),
)
