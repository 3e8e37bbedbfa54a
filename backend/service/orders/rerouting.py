"""What lies where no grid is goes where it belongs: to a grid of the branch, or to the branch whose place it is."""

from typing import Any

from backend.core.clock import local_day
from backend.core.errors import invalid_field
from backend.media.models import Media
from backend.people.models import Organization
from backend.service.grids.models import Grid
from backend.service.grids.service import TAKES_ORDERS
from backend.service.models import OrderMedia, Stage
from backend.service.orders.engine import Plan, Scene
from backend.service.orders.loading import Order
from backend.service.orders.schemas import RouteOrder
from backend.service.orders.workflow import Action
from backend.service.timers.rules import Claimant
from backend.tally import counting

# what the former branch was counted for before the order is accepted
COUNTED = {
    Action.SUBMIT: "order_submitted",
    Action.URGE: "order_urged",
    Action.SUPERVISE: "order_supervised",
    Action.REFUSE: "order_refused",
    Action.APPEAL: "order_appealed",
}


def plan_route(scene: Scene, body: RouteOrder) -> Plan:
    """Into a grid of the branch, or to another branch, whose time to accept begins anew."""
    if body.grid is not None:
        grid_id, name = own_grid(scene.order, body.grid)
        found: dict[str, Any] = {"grid": grid_id, "unrouted_at": None}
        return Plan(found, {"grid_name": name}, note=body.note, public=False, topic="order.noted")
    assert body.organization is not None
    branch = _other_branch(scene.order, body.organization)
    clocks = scene.clocks
    clocks.claimant = Claimant(scene.order.type_code, branch.path, scene.order.priority)
    clocks.reconsider(Stage.ACCEPT)
    clocks.start(Stage.ACCEPT)
    return Plan(
        {"organization": branch.id, "grid": None, "unrouted_at": None},
        {
            "organization_code": branch.code,
            "organization_name": branch.name,
            "organization_path": branch.path,
            "grid_name": None,
        },
        note=f"转给{branch.name}" + (f"：{body.note}" if body.note else ""),
        afterwards=lambda order_id: _take_along(scene, order_id, branch.id),
    )


def own_grid(order: Order, public_id: str) -> tuple[int, str]:
    """Id and name of an open grid of the order's organisation; 422 otherwise."""
    grid: Grid | None = Grid.get_or_none(
        Grid.public_id == public_id, Grid.organization == order.organization_id, Grid.closed_at.is_null()
    )
    if grid is None:
        raise invalid_field("grid", "unknown_grid", "本支部没有这个网格，请重新选择")
    return grid.id, grid.name


def _other_branch(order: Order, code: str) -> Organization:
    branch: Organization | None = Organization.get_or_none(
        Organization.code == code, Organization.closed_on.is_null(), Organization.id != order.organization_id
    )
    if branch is None:
        raise invalid_field("organization", "unknown_organization", "没有这个支部，请重新选择")
    if branch.kind not in TAKES_ORDERS:
        raise invalid_field("organization", "takes_no_orders", "这个组织不直接受理诉求，请选择所在的社区支部")
    return branch


def _take_along(scene: Scene, order_id: int, branch_id: int) -> None:
    """The files go with the order to the other branch's moderators, and so do the counts."""
    files = OrderMedia.select(OrderMedia.media).where(OrderMedia.order == order_id)
    former = scene.order.organization_id
    Media.update(organization=branch_id).where(Media.id.in_(files), Media.organization == former).execute()
    for entry in scene.case.log:
        measure = COUNTED.get(Action(entry.action))
        if measure is not None:
            day = local_day(entry.at, scene.timezone)
            counting.count(measure, former, day=day, amount=-1)
            counting.count(measure, branch_id, day=day)
