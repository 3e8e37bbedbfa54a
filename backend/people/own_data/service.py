"""Everything about me, put together from the rooms."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from backend.core import audit
from backend.core.database import in_unit_of_work
from backend.people.own_data.schemas import OwnData
from backend.people.permissions import Caller

Export = Callable[[int], dict[str, Any]]


def export_own_data(caller: Caller, rooms: Mapping[str, Export], *, now: datetime) -> OwnData:
    """What each room knows of the caller; that it was asked for is logged first (个人信息保护法 §45)."""
    subject = audit.Subject(f"account:{caller.public_id}", caller.branch_id, caller.account_id)
    in_unit_of_work(lambda: audit.record("me.export", subject, actor_id=caller.account_id, purpose="本人查阅", now=now))
    return OwnData(made_at=now, rooms={room: export(caller.account_id) for room, export in rooms.items()})
