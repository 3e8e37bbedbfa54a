"""The order machine from outside: read an order, take a step."""

from datetime import datetime
from zoneinfo import ZoneInfo

from backend.core import audit
from backend.core.database import in_unit_of_work, unaccompanied
from backend.core.errors import Conflict, Forbidden
from backend.core.http import Body
from backend.people.permissions import Caller
from backend.service.orders.duplicates import find_duplicates
from backend.service.orders.engine import ILLEGAL, LOST_RACE, Step, take_step
from backend.service.orders.loading import Order, read_case
from backend.service.orders.releasing import release
from backend.service.orders.shapes import OrderShape
from backend.service.orders.standing import POST_ENDED, Standing, must_see, standing_of
from backend.service.orders.views import order_shape
from backend.service.orders.workflow import Actor


def perform_step(
    step: Step, number: str, body: Body, *, caller: Caller, timezone: ZoneInfo, now: datetime
) -> OrderShape:
    """Take one step and show the order as it is then; phones stay masked until the order is read.

    A swap that only the clocks' own work had disturbed is tried again; one that a person disturbed is a
    lost race. An order whose handler may handle no more goes back to the dispatchers as soon as he tries.
    """

    def work() -> OrderShape:
        taken = take_step(step, number, body, caller=caller, timezone=timezone, now=now)
        standing = standing_of(caller, taken.order)
        return order_shape(taken, caller=caller, standing=standing, reveal=_is_own(standing), now=now)

    try:
        return in_unit_of_work(work)
    except Forbidden as refusal:
        if refusal.code == POST_ENDED:
            with unaccompanied():
                release(number, caller.account_id, timezone=timezone, now=now)
        raise
    except Conflict as first:
        if first.code != LOST_RACE:
            raise
        try:
            return in_unit_of_work(work)
        except Conflict as second:
            raise (first if second.code == ILLEGAL else second) from None


def read_order_for(number: str, *, caller: Caller, timezone: ZoneInfo, now: datetime) -> OrderShape:
    """The order as the caller may see it; opening somebody else's phone leaves one audit entry."""
    case = read_case(number, caller=caller, timezone=timezone, now=now)
    order = case.order
    standing = standing_of(caller, order)
    must_see(standing)
    if _opens_a_phone(order, standing):
        audit.record(
            "order.contact_opened",
            audit.Subject(f"order:{order.number}", order.organization_id, order.requester_id),
            actor_id=caller.account_id,
            purpose="办理或受理工单时联系诉求人",
            now=now,
        )
    shape = order_shape(case, caller=caller, standing=standing, reveal=True, now=now)
    duplicates = find_duplicates(order, standing.actors)
    return shape.model_copy(update={"duplicates": duplicates}) if duplicates else shape


def _is_own(standing: Standing) -> bool:
    return Actor.REQUESTER in standing.actors


def _opens_a_phone(order: Order, standing: Standing) -> bool:
    there_is_one = order.contact_phone or order.requester_phone or order.beneficiary_phone
    return bool(there_is_one and standing.sight.phone and not _is_own(standing))
