"""One tap to rate: a signed link for one order, without log-in, until it closes."""

from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from backend.core.crypto import keyring
from backend.core.errors import NotFound
from backend.people.access import caller_of
from backend.people.models import Organization
from backend.service.models import OrderHandIn, ServiceOrder, ServiceType
from backend.service.orders.actions import STEPS
from backend.service.orders.forms import CHOICE_LABELS
from backend.service.orders.schemas import ConfirmOrder, Satisfaction
from backend.service.orders.service import perform_step
from backend.service.orders.shapes import RatingShape
from backend.service.orders.signing import PURPOSE
from backend.service.orders.workflow import STATE_LABELS, Action, State


def read_rating(signed: str) -> RatingShape:
    """What is to be rated: its kind and the reply, nothing that a stranger with the link should not see."""
    order = _order_of(signed)
    reply = (
        OrderHandIn.select(OrderHandIn.public_reply)
        .where(OrderHandIn.order == order.id)
        .order_by(OrderHandIn.id.desc())
        .scalar()
    )
    state = State(order.state)
    return RatingShape(
        number=order.number,
        service_type_name=order.service_type.name,
        organization_name=order.organization.name,
        state=state,
        state_label=STATE_LABELS[state],
        open=state is State.COMPLETED,
        reply=reply if state is State.COMPLETED else None,
        completed_at=order.completed_at,
    )


def rate(signed: str, body: ConfirmOrder, *, timezone: ZoneInfo, now: datetime) -> RatingShape:
    """The requester's confirmation by link; 404 for a link that is none of ours, 409 once the order is closed."""
    order = _order_of(signed)
    requester = caller_of(order.requester_id, timezone=timezone, now=now)
    perform_step(STEPS[Action.CONFIRM], order.number, body, caller=requester, timezone=timezone, now=now)
    return read_rating(signed)


def _order_of(signed: str) -> ServiceOrder:
    number, _, signature = signed.partition(".")
    if not signature or not keyring.signed_by_us(PURPOSE, number, signature):
        raise _unknown()
    order: ServiceOrder | None = (
        ServiceOrder.select(ServiceOrder, ServiceType, Organization)
        .join(ServiceType)
        .switch(ServiceOrder)
        .join(Organization)
        .where(ServiceOrder.number == number)
        .first()
    )
    if order is None:
        raise _unknown()
    return order


def _unknown() -> NotFound:
    return NotFound("rating_link_unknown", "评价链接有误，请从通知里重新打开")


def rating_page(shown: RatingShape) -> str:
    """The page behind the link, for any phone's browser: one form, no script, nothing from elsewhere."""
    lines = [f"<p>{escape(shown.organization_name)}：{escape(shown.service_type_name)}（{escape(shown.number)}）</p>"]
    if shown.reply:
        lines.append(f"<p>办理答复：{escape(shown.reply)}</p>")
    lines.append(_form() if shown.open else "<p>这张工单现在不需要评价，谢谢您！</p>")
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        "<title>请您评价</title>"
        "<style>body{font:1.25rem/1.6 sans-serif;margin:1.5rem}button{font:inherit;width:100%;margin:.4rem 0;"
        "min-height:3.75rem}</style>"
        f"<h1>请您评价</h1>{''.join(lines)}</html>"
    )


def _form() -> str:
    """Solved and content go together; whoever is not content says so with another tap."""
    buttons = [
        f'<button name="rating" value="{int(solved)}:{grade}">{"已解决" if solved else "没有解决"}，{label}</button>'
        for grade, label in CHOICE_LABELS[Satisfaction].items()
        for solved in ((True,) if grade != Satisfaction.DISSATISFIED else (True, False))
    ]
    return f'<form method="post">{"".join(buttons)}</form>'


def tapped(value: str) -> ConfirmOrder:
    """The button that was tapped on the page; 404 for anything that it does not have."""
    solved, _, grade = value.partition(":")
    if solved not in {"0", "1"} or grade not in set(Satisfaction):
        raise _unknown()
    return ConfirmOrder(solved=solved == "1", satisfaction=Satisfaction(grade))
