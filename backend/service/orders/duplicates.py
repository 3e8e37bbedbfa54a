"""Orders that may be the same matter: shown to the dispatcher, who decides; never merged in silence."""

from datetime import timedelta

from backend.core.geography import distance_m
from backend.service.catalogue.listing import versions_of
from backend.service.grids.ground import address_line
from backend.service.models import ServiceOrder
from backend.service.orders.loading import Order
from backend.service.orders.shapes import DuplicateShape
from backend.service.orders.workflow import OPEN, STATE_LABELS, TRANSITIONS, Action, Actor, State
from backend.tally.rules import Rule

_OWN = "本系统建议：同地点、同类别、三十天内提示并单"
DUPLICATES_WITHIN = Rule(timedelta(days=30), "时段", _OWN)
SAME_PLACE_M = Rule(50, "米", _OWN)
MOST_READ, MOST_SHOWN, SHORTEST_LINE = 200, 5, 3


def find_duplicates(order: Order, actors: frozenset[Actor]) -> list[DuplicateShape]:
    """Open orders of the same kind and place in the organisation, newest first, for who may merge this one."""
    rule = TRANSITIONS.get((order.state, Action.MERGE))
    if rule is None or not rule.actors & actors:
        return []
    rows = (
        ServiceOrder.select()
        .where(
            ServiceOrder.organization == order.organization_id,
            ServiceOrder.service_type.in_(versions_of(order.type_code)),
            ServiceOrder.state.in_(sorted(OPEN)),
            ServiceOrder.created_at >= order.created_at - DUPLICATES_WITHIN.value,
            ServiceOrder.created_at <= order.created_at + DUPLICATES_WITHIN.value,
            ServiceOrder.id != order.id,
        )
        .order_by(ServiceOrder.id.desc())
        .limit(MOST_READ)
    )
    same = [row for row in rows if _same_place(order, row)]
    return [
        DuplicateShape(
            number=row.number,
            title=row.title,
            place=row.place_text,
            state_label=STATE_LABELS[State(row.state)],
            created_at=row.created_at,
        )
        for row in same[:MOST_SHOWN]
    ]


def _same_place(order: Order, row: ServiceOrder) -> bool:
    """The same door, points within fifty metres, or one place's words within the other's."""
    if order.household_id is not None and order.household_id == row.household_id:
        return True
    if order.lat is not None and order.lng is not None and row.lat is not None and row.lng is not None:
        return distance_m((order.lat, order.lng), (row.lat, row.lng)) <= SAME_PLACE_M.value
    one, other = sorted((address_line(order.place_text), address_line(row.place_text)), key=len)
    return len(one) >= SHORTEST_LINE and one in other
