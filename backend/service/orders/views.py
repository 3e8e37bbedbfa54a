"""What a caller gets to see of an order: everything that his parts allow, the rest null or masked."""

from datetime import datetime
from functools import cache

from backend.core.crypto import Sealed, mask_phone, opened
from backend.media.links import shown_link
from backend.people.permissions import Caller, Right
from backend.service.catalogue.kinds import GivenAnswer
from backend.service.models import Priority, Resolution
from backend.service.orders.actions import STEPS
from backend.service.orders.forms import form_of
from backend.service.orders.guards import blocked
from backend.service.orders.labels import STAGE_LABELS, SUPERVISION_LABELS
from backend.service.orders.loading import Attachment, Case, Order
from backend.service.orders.log import LogEntry
from backend.service.orders.proxies import call_back_shape
from backend.service.orders.schemas import Datum
from backend.service.orders.shapes import (
    OrderActionShape,
    OrderLogShape,
    OrderPerson,
    OrderPicture,
    OrderPlaceShape,
    OrderRequestShape,
    OrderReturned,
    OrderShape,
    OrderTimerShape,
    OrderVoice,
)
from backend.service.orders.standing import Sight, Standing
from backend.service.orders.workflow import (
    ACTION_LABELS,
    ACTOR_LABELS,
    STATE_LABELS,
    Action,
    Actor,
    open_actions,
)
from backend.service.teams.persons import names_of
from backend.service.timers.clocks import Clock

# steps that concern only the branch: others do not see the row at all unless it was made public
INTERNAL_STEPS = frozenset(
    {
        Action.PROGRESS,
        Action.DECLINE,
        Action.CLAIM_EXPIRED,
        Action.ADD_COHANDLER,
        Action.HOLD,
        Action.EXTEND,
        Action.RETURN,
        Action.APPROVE,
        Action.DENY,
        Action.RULE,
        Action.URGE,
        Action.SUPERVISE,
        Action.REPLY,
        Action.CALL_BACK,
        Action.RELEASE,
    }
)

# after which an order lies with the dispatchers again: the handler's wish, or the end of his post
BACK = (Action.RETURN, Action.RELEASE)


def order_shape(case: Case, *, caller: Caller, standing: Standing, reveal: bool, now: datetime) -> OrderShape:
    """The order for this caller. `reveal` opens the phone where he may see it; the service logs that."""
    order, sight = case.order, standing.sight
    return OrderShape(
        number=order.number,
        state=order.state,
        state_label=STATE_LABELS[order.state],
        resolution=Resolution(order.resolution) if order.resolution else None,
        priority=Priority(order.priority),
        title=_title(order, sight),
        description=order.description if sight.text else None,
        service_type=order.type_code,
        service_type_name=order.type_name,
        organization=order.organization_code,
        organization_name=order.organization_name,
        place=_place(order, sight),
        requester=OrderPerson(id=None, name=order.requester_name, phone=None) if sight.requester else None,
        contact=_contact(order, open_phone=reveal and sight.phone) if sight.requester else None,
        on_behalf_of=_beneficiary(order, open_phone=reveal and sight.phone) if sight.requester else None,
        handler=_handler(order) if sight.text else None,
        answers=[GivenAnswer(**one) for one in order.answers or []] if sight.text else [],
        safeguard=order.safeguard or None if sight.internal or Actor.OFFERED in standing.actors else None,
        grid=order.grid_name,
        unrouted=order.unrouted_at is not None,
        team=order.team_name if sight.title else None,
        parent=order.parent_number,
        request=_request(order) if sight.text else None,
        hold_until=order.hold_until,
        urge_count=order.urge_count,
        return_count=order.return_count,
        reopen_count=order.reopen_count,
        supervised_level=order.supervised_level,
        supervised_label=SUPERVISION_LABELS.get(order.supervised_level),
        returned=_returned(case) if sight.internal else None,
        moderation=order.moderation,
        pictures=_pictures(case, caller, now) if sight.text else [],
        voice=_voice(case, caller, now) if sight.text else None,
        call_back=call_back_shape(order, sight),
        timers=[_timer(clock, now) for clock in case.clocks if clock.due_at],
        actions=offered_actions(order, standing, caller),
        log=_log(case.log, sight) if sight.text else [],
        created_at=order.created_at,
        duplicates=[],
    )


def offered_actions(order: Order, standing: Standing, caller: Caller) -> list[OrderActionShape]:
    """What this caller may do now, in the order of the table."""
    return [
        _action(action)
        for action in open_actions(order.state, standing.actors)
        if action in STEPS and blocked(action, order, caller) is None
    ]


@cache
def _action(action: Action) -> OrderActionShape:
    return OrderActionShape(name=action, label=ACTION_LABELS[action], form=list(form_of(STEPS[action].body)))


def _title(order: Order, sight: Sight) -> str:
    """In its requester's words for whom it concerns; as on the board for whoever may only take it from there."""
    if not sight.title:
        return order.type_name
    return order.title if sight.text or order.board_text is None else order.board_text


def _request(order: Order) -> OrderRequestShape | None:
    if order.request_kind is None:
        return None
    label = ACTION_LABELS[Action(order.request_kind)]
    return OrderRequestShape(kind=order.request_kind, label=label, until=order.request_until)


def _place(order: Order, sight: Sight) -> OrderPlaceShape | None:
    """Coordinates lead to a door: they go with the text, the words for the place with the title."""
    if not sight.title or (order.board_text is not None and not sight.text):
        return None
    if not sight.text or order.lat is None:
        return OrderPlaceShape(text=order.place_text, lat=None, lng=None, datum=None)
    datum = Datum(order.datum) if order.datum else None
    return OrderPlaceShape(text=order.place_text, lat=order.lat, lng=order.lng, datum=datum)


def _contact(order: Order, *, open_phone: bool) -> OrderPerson:
    name = opened(order.contact_name) or order.requester_name
    return OrderPerson(
        id=None, name=name, phone=_phone(order, order.contact_phone or order.requester_phone, open_phone)
    )


def _beneficiary(order: Order, *, open_phone: bool) -> OrderPerson | None:
    name = opened(order.beneficiary_name)
    if name is None:
        return None
    name = f"{name}（{order.beneficiary_relation}）"
    return OrderPerson(id=None, name=name, phone=_phone(order, order.beneficiary_phone, open_phone))


def _phone(order: Order, kept: Sealed | str | None, open_phone: bool) -> str | None:
    """Open or masked; nothing at all once the requester has withdrawn his consent."""
    if order.contact_withdrawn and not open_phone:
        return None
    phone = opened(kept)
    return phone if phone is None or open_phone else mask_phone(phone)


def _pictures(case: Case, caller: Caller, now: datetime) -> list[OrderPicture]:
    moderates = caller.may(Right.MODERATE, case.order.organization_path)
    return [_picture(one, caller, moderates, now) for one in case.pictures]


def _picture(one: Attachment, caller: Caller, moderates: bool, now: datetime) -> OrderPicture:
    withheld = one.withheld_reason is not None
    opened_to = moderates or one.uploader_id == caller.account_id
    url = shown_link(one, opened=opened_to, now=now) if moderates or not withheld else None
    return OrderPicture(
        id=one.public_id,
        url=url,
        thumbnail=f"{url}&size=small" if url and one.thumbnail else url,
        moderation=one.moderation,
        handed_in=one.handed_in,
        withheld=withheld,
        withheld_reason=one.withheld_reason if opened_to else None,
        may_withhold=moderates,
    )


def _voice(case: Case, caller: Caller, now: datetime) -> OrderVoice | None:
    sound = case.voice
    if sound is None:
        return None
    opened_to = caller.may(Right.MODERATE, case.order.organization_path) or sound.uploader_id == caller.account_id
    return OrderVoice(
        id=sound.public_id,
        url=shown_link(sound, opened=opened_to, now=now),
        seconds=round((sound.duration_ms or 0) / 1000),
        moderation=sound.moderation,
        written=case.order.voice_since is None,
    )


def _returned(case: Case) -> OrderReturned | None:
    """Who gave it back last and why, while it lies with the dispatchers after that."""
    at = case.order.returned_at
    back = next((entry for entry in reversed(case.log) if entry.action in BACK), None)
    if at is None or back is None:
        return None
    asked_by = {back.actor_id} if back.action == Action.RETURN and back.actor_id is not None else set()
    name = next((name for _, name in names_of(asked_by).values()), None) if asked_by else None
    return OrderReturned(at=at, by=ACTOR_LABELS[Actor(back.part)], name=name, reason=back.note)


def _handler(order: Order) -> OrderPerson | None:
    if order.handler_name is None:
        return None
    return OrderPerson(id=order.handler_public_id, name=order.handler_name, phone=None)


def _timer(clock: Clock, now: datetime) -> OrderTimerShape:
    assert clock.due_at is not None
    return OrderTimerShape(
        stage=clock.stage,
        label=STAGE_LABELS[clock.stage],
        due_at=clock.due_at,
        paused=clock.paused_at is not None,
        overdue=clock.is_late(now),
        stopped_at=clock.stopped_at,
    )


def _log(entries: list[LogEntry], sight: Sight) -> list[OrderLogShape]:
    return [
        OrderLogShape(
            at=entry.at,
            actor=ACTOR_LABELS[Actor(entry.part)],
            action=entry.action,
            label=ACTION_LABELS[Action(entry.action)],
            state=entry.to_state,
            note=entry.note if sight.internal or entry.public else None,
            public=entry.public,
        )
        for entry in entries
        if sight.internal or entry.public or entry.action not in INTERNAL_STEPS
    ]
