"""What forbids a step that the table allows; the same answer decides whether the step is offered at all."""

from collections.abc import Callable

from backend.core.errors import AppError, Conflict
from backend.people.permissions import Caller
from backend.service.models import Moderation
from backend.service.orders.loading import TARGET_POOL, Order
from backend.service.orders.workflow import Action

Guard = Callable[[Order, Caller], AppError | None]


def own_order(order: Order, caller: Caller) -> AppError | None:
    """Nobody takes an order of his own (§4.3 row 9: H ≠ R)."""
    if order.requester_id == caller.account_id:
        return Conflict("own_order", "不能接自己提的单，请由别的同志来接")
    return None


def text_passed(order: Order, _caller: Caller) -> AppError | None:
    """Nothing of an unchecked text goes to the pool or to a member."""
    if order.moderation is Moderation.REFUSED:
        return Conflict("moderation_refused", "这张工单的文字没有通过检查，请居民修改后重新提交，或由支部审核后放行")
    if order.moderation is not Moderation.PASSED:
        return Conflict("moderation_pending", "这张工单的文字还在检查，通过后才能派单，请稍后再试")
    return None


def addressed(order: Order, _caller: Caller) -> AppError | None:
    """Only whoever was named can decline: what lies in the pool is simply left there."""
    if order.target_kind == TARGET_POOL:
        return Conflict("not_addressed", "抢单池里的工单不接就好，不需要拒单")
    return None


GUARDS: dict[Action, Guard] = {
    Action.CLAIM: own_order,
    Action.DECLINE: addressed,
    Action.DISPATCH: text_passed,
    Action.TRANSFER: text_passed,
}


def blocked(action: Action, order: Order, caller: Caller) -> AppError | None:
    """Why this caller cannot take the step now, if something forbids it."""
    guard = GUARDS.get(action)
    return guard(order, caller) if guard else None


def refuse_if_blocked(action: Action, order: Order, caller: Caller) -> None:
    """Raise what forbids the step."""
    error = blocked(action, order, caller)
    if error is not None:
        raise error
