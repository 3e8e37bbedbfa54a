"""What forbids a step that the table allows; the same answer decides whether the step is offered at all."""

from collections.abc import Callable

from backend.core.errors import AppError, Conflict, Forbidden
from backend.people.permissions import Caller, Right
from backend.service.models import Moderation
from backend.service.orders.loading import TARGET_POOL, TARGET_TEAM, Order
from backend.service.orders.workflow import SEES_PHONE, Action
from backend.service.timers.rules import MOST_HOLDS, MOST_REOPENINGS, MOST_RETURNS

Guard = Callable[[Order, Caller], AppError | None]


def own_order(order: Order, caller: Caller) -> AppError | None:
    """Nobody takes an order of his own or of his household (§4.3 row 9: H ≠ R and not same household)."""
    if order.requester_id == caller.account_id:
        return Conflict("own_order", "不能接自己提的单，请由别的同志来接")
    if order.shares_door:
        return own_household()
    return None


def own_household() -> Conflict:
    """The handler lives behind the same door as the requester (§4.3 row 9)."""
    return Conflict("own_household", "这是同一户家人的诉求，请由别的同志来接")


def text_passed(order: Order, _caller: Caller) -> AppError | None:
    """Nothing of an unchecked text goes to the pool or to a member, nor a voice that nobody has listened to."""
    if order.voice_since is not None and not order.description:
        sentence = "这张工单只有语音，请先听一遍，用“把语音记成文字”写下来，再派单"
        return Conflict("voice_unwritten", sentence)
    if order.moderation is Moderation.REFUSED:
        return Conflict("moderation_refused", "这张工单的文字没有通过检查，请居民修改后重新提交，或由支部审核后放行")
    if order.moderation is not Moderation.PASSED:
        return Conflict("moderation_pending", "这张工单的文字还在检查，通过后才能派单，请稍后再试")
    return None


def addressed(order: Order, _caller: Caller) -> AppError | None:
    """Only whoever was named can decline, for a team its leader: what lies in the pool is simply left there."""
    if order.target_kind == TARGET_TEAM and not order.leads_team:
        return Conflict("not_addressed", "派给服务队的工单不接就好；全队都接不了时，由队长拒单")
    if order.target_kind == TARGET_POOL:
        return Conflict("not_addressed", "抢单池里的工单不接就好，不需要拒单")
    return None


def level_of_appeal(order: Order, caller: Caller) -> AppError | None:
    """After an appeal the organisation above decides (§4.3 row 33), before it the branch does."""
    above = caller.may(Right.SUPERVISE_ORDERS, order.organization_path)
    if order.appealed and not above:
        return Forbidden("appeal_with_upper", "这张工单已申诉，由上级党组织决定")
    if not order.appealed and not caller.may(Right.HANDLE_ORDERS, order.organization_path):
        return Forbidden()
    return None


def nothing_pending(order: Order, _caller: Caller) -> AppError | None:
    """One request at a time."""
    if order.request_kind is not None:
        return Conflict("request_pending", "已有一项申请等待审批")
    return None


def may_hold(order: Order, caller: Caller) -> AppError | None:
    """Two holds at most (§4.3 row 15)."""
    if order.hold_count >= MOST_HOLDS:
        return Conflict("too_many_holds", f"一张工单最多挂起{MOST_HOLDS}次")
    return nothing_pending(order, caller)


def may_return(order: Order, caller: Caller) -> AppError | None:
    """Two returns at most, and none after a ruling (§4.3 rows 17–18)."""
    if order.ruled or order.return_count >= MOST_RETURNS:
        return Conflict("returns_exhausted", "这张工单不能再退，请联系书记审定")
    return nothing_pending(order, caller)


def may_decide(order: Order, caller: Caller) -> AppError | None:
    """Each request has its own decider, and whoever asked is never it (§4.3 rows 15–17, 34)."""
    if order.request_kind is None:
        return Conflict("nothing_to_decide", "没有等待审批的申请")
    if order.handler_id == caller.account_id:
        return Forbidden("own_request", "自己提出的申请须由别人审批")
    if not caller.may(_decider(order), order.organization_path):
        return Forbidden("not_yours_to_decide", "这项申请不由您审批")
    return None


def _decider(order: Order) -> Right:
    """The dispatcher for a return, the secretary for a hold and a first extension, then the level above."""
    if order.request_kind == Action.RETURN:
        return Right.HANDLE_ORDERS
    further = order.request_kind == Action.EXTEND and order.extension_count > 0
    return Right.SUPERVISE_ORDERS if further else Right.DECIDE_ORDERS


def disputed(order: Order, _caller: Caller) -> AppError | None:
    """A ruling is for orders that were returned twice."""
    if order.return_count < MOST_RETURNS:
        return Conflict("not_disputed", f"退单满{MOST_RETURNS}次的工单才审定")
    return text_passed(order, _caller)


def supervised(order: Order, _caller: Caller) -> AppError | None:
    """A reply answers a supervision."""
    if order.supervised_level == 0:
        return Conflict("nothing_to_reply", "没有等待反馈的督办")
    return None


def may_reopen(order: Order, _caller: Caller) -> AppError | None:
    """Twice at most (§4.3 row 28)."""
    if order.reopen_count >= MOST_REOPENINGS:
        return Conflict("reopened_too_often", f"一张工单最多重办{MOST_REOPENINGS}次，请重新提交")
    return None


def nobody_follows(order: Order, _caller: Caller) -> AppError | None:
    """What neighbours were merged into stays until it is done for them, too."""
    if order.merged_count:
        return Conflict("others_follow", "有其他居民的同类诉求并在这张工单里，不能撤单；办好后请您确认就可以了")
    return None


def may_appeal(order: Order, _caller: Caller) -> AppError | None:
    """Once (§4.3 row 33)."""
    if order.appealed:
        return Conflict("appealed_already", "一张工单只能申诉一次")
    return None


def voice_waits(order: Order, _caller: Caller) -> AppError | None:
    """There is a voice note that nobody has written down."""
    if order.voice_since is None:
        return Conflict("nothing_to_write_down", "这张工单没有等着记录的语音")
    return None


def astray(order: Order, _caller: Caller) -> AppError | None:
    """Only what lies where no grid is wants to be routed."""
    if order.unrouted_at is None:
        return Conflict("not_astray", "这张工单已有归属；不在本支部范围的，请“不予受理”并告诉对方找谁")
    return None


def may_call_back(order: Order, caller: Caller) -> AppError | None:
    """A call is owed, by anybody but who asked; the handler has the number only while he works on it."""
    if order.call_owed_at is None:
        return Conflict("no_call_owed", "这张工单没有等着打的核实电话")
    if order.requester_id == caller.account_id:
        return Forbidden("own_proxy", "您是代填人，这个电话请由别的同志来打")
    if order.state not in SEES_PHONE and not caller.may(Right.HANDLE_ORDERS, order.organization_path):
        return Forbidden()
    return None


GUARDS: dict[Action, Guard] = {
    Action.CLAIM: own_order,
    Action.DECLINE: addressed,
    Action.DISPATCH: text_passed,
    Action.TRANSFER: text_passed,
    Action.ACCEPT: level_of_appeal,
    Action.REFUSE: level_of_appeal,
    Action.HOLD: may_hold,
    Action.EXTEND: nothing_pending,
    Action.RETURN: may_return,
    Action.APPROVE: may_decide,
    Action.DENY: may_decide,
    Action.RULE: disputed,
    Action.REPLY: supervised,
    Action.REOPEN: may_reopen,
    Action.WRITE_DOWN: voice_waits,
    Action.ROUTE: astray,
    Action.CALL_BACK: may_call_back,
    Action.APPEAL: may_appeal,
    Action.CANCEL: nobody_follows,
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
