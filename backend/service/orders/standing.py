"""What a caller is to an order: in which parts he may act, and how much of it he sees."""

from dataclasses import dataclass, replace
from functools import cache

from backend.core.errors import Forbidden
from backend.people.permissions import Caller, Right
from backend.service.models import Moderation
from backend.service.orders.loading import TARGET_POOL, TARGET_TEAM, Order, order_not_found, takes_part
from backend.service.orders.workflow import OPEN, SEES_PHONE, Actor, State

POST_ENDED = "post_ended"


@dataclass(frozen=True)
class Sight:
    """What somebody sees of an order beside its number, kind, organisation, state and times."""

    title: bool = False
    text: bool = False
    requester: bool = False
    phone: bool = False
    internal: bool = False

    def __or__(self, other: "Sight") -> "Sight":
        return Sight(
            self.title or other.title,
            self.text or other.text,
            self.requester or other.requester,
            self.phone or other.phone,
            self.internal or other.internal,
        )


# title goes with the place: both may be shown to whoever is offered the order, neither to the county
SIGHTS = {
    Actor.REQUESTER: Sight(title=True, text=True, requester=True, phone=True),
    Actor.DISPATCHER: Sight(title=True, text=True, requester=True, phone=True, internal=True),
    Actor.SECRETARY: Sight(title=True, text=True, requester=True, phone=True, internal=True),
    Actor.FOLLOW_UP: Sight(title=True, text=True, requester=True, phone=True, internal=True),
    Actor.HANDLER: Sight(title=True, text=True, requester=True, phone=True, internal=True),
    # helps the lead handler, who is the one to call
    Actor.COHANDLER: Sight(title=True, text=True, requester=True, internal=True),
    Actor.OFFERED: Sight(title=True),
    Actor.UPPER: Sight(),
}


@dataclass(frozen=True)
class Standing:
    """The parts of a caller in an order. `missed`: it was offered to him, and somebody else took it;
    `released`: it is still in his hand, but his post or his membership there is over.
    """

    actors: frozenset[Actor]
    sight: Sight
    missed: bool = False
    released: bool = False


def standing_of(caller: Caller, order: Order) -> Standing:
    """Everything that the caller is to this order; no actors at all when it does not concern him."""
    actors = frozenset(actor for actor, holds in _parts(caller, order).items() if holds)
    sight = _sight_of(actors, order.state in SEES_PHONE, order.appealed, order.contact_withdrawn)
    holds = order.handler_id == caller.account_id and Actor.HANDLER not in actors
    released = holds and caller.acting is None  # acting as something else is no end of a post
    return Standing(actors, sight, missed=_missed(caller, order), released=released)


def must_see(standing: Standing) -> None:
    """404 for whom the order does not concern: it looks the same as an order that does not exist.

    Who had it in hand until his post ended is told so (403): he knows the order already.
    """
    if standing.released and not standing.actors:
        sentence = "您在这个支部的任职或党员身份已经结束，这张工单由支部改派他人，请联系支部书记"
        raise Forbidden(POST_ENDED, sentence)
    if not standing.actors:
        raise order_not_found()


def _parts(caller: Caller, order: Order) -> dict[Actor, bool]:
    path = order.organization_path
    passed = order.moderation is Moderation.PASSED
    handles = order.handler_id == caller.account_id
    dispatches = caller.may(Right.HANDLE_ORDERS, path)
    return {
        Actor.REQUESTER: order.requester_id == caller.account_id,
        Actor.DISPATCHER: dispatches,
        Actor.SECRETARY: caller.may(Right.DECIDE_ORDERS, path),
        Actor.FOLLOW_UP: dispatches and not handles and not order.assists,
        # a handler whose membership or post has ended handles no more; the branch transfers the order
        Actor.HANDLER: handles and takes_part(caller, order),
        Actor.COHANDLER: order.assists and takes_part(caller, order),
        Actor.OFFERED: order.state is State.DISPATCHED and _was_offered(caller, order),
        Actor.UPPER: passed and caller.may(Right.SUPERVISE_ORDERS, path),
    }


def _was_offered(caller: Caller, order: Order) -> bool:
    if order.target_kind == TARGET_POOL:
        return takes_part(caller, order)
    if order.target_kind == TARGET_TEAM:
        return order.in_team
    return order.target_id is not None and order.target_id == caller.account_id and takes_part(caller, order)


def _missed(caller: Caller, order: Order) -> bool:
    taken = order.handler_id not in {None, caller.account_id} and order.state in OPEN
    return taken and _was_offered(caller, order)


@cache
def _sight_of(actors: frozenset[Actor], in_hand: bool, appealed: bool, withdrawn: bool) -> Sight:
    """What somebody in all these parts sees; `withdrawn` is the requester's word that he may be called."""
    sight = Sight()
    for actor in actors:
        sight |= _sight(actor, in_hand, appealed)
    return replace(sight, phone=False) if withdrawn and Actor.REQUESTER not in actors else sight


def _sight(actor: Actor, in_hand: bool, appealed: bool) -> Sight:
    sight = SIGHTS[actor]
    if actor is Actor.HANDLER and not in_hand:
        return replace(sight, phone=False)
    if actor is Actor.UPPER and appealed:
        return Sight(title=True, text=True)  # whoever decides an appeal has to read it
    return sight
