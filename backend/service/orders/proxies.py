"""Requests for somebody else: how that person has agreed, and the call back that the branch owes him."""

from typing import Any

from backend.core.errors import invalid_field
from backend.people.permissions import Caller, Right
from backend.service.models import OrderCallBack
from backend.service.orders.engine import Plan, Scene
from backend.service.orders.forms import CHOICE_LABELS
from backend.service.orders.loading import Order
from backend.service.orders.request import OnBehalfOf
from backend.service.orders.schemas import CallBack, ContactWay, ProxyConsent
from backend.service.orders.shapes import CallBackShape, CallShape
from backend.service.orders.standing import Sight
from backend.service.teams.persons import names_of
from backend.service.timers.rules import ENOUGH_TRIES


def owes_call(other: OnBehalfOf | None, path: str, caller: Caller) -> bool:
    """Whether the branch owes a call to the person asked for: always, but where staff took down his own call.

    422 for anybody else who says that it was one.
    """
    if other is None:
        return False
    if other.consent is not ProxyConsent.OWN_CALL:
        return True
    if not caller.may(Right.HANDLE_ORDERS, path):
        sentence = "“本人来电”只由支部工作人员代填时选，请选本人是怎么同意的"
        raise invalid_field("on_behalf_of.consent", "not_by_staff", sentence)
    return False


def plan_call_back(scene: Scene, body: CallBack) -> Plan:
    """What the person says for whom somebody else has asked; after two calls in vain whoever visits asks him."""
    order = scene.order
    tries = order.call_tries + (0 if body.reached else 1)
    over = body.reached or tries >= ENOUGH_TRIES
    note = _heard(body, tries) + (f"：{body.note}" if body.note else "")
    return Plan(
        {"call_tries": tries, "call_owed_at": None if over else order.call_owed_at},
        note=note,
        public=False,
        facts={"reached": body.reached, "agrees": body.agrees, "over": over, "note": None},
        rows=[(OrderCallBack, call_row(scene, **body.model_dump()))],
    )


def _heard(body: CallBack, tries: int) -> str:
    way = CHOICE_LABELS[ContactWay][body.way]
    if not body.reached:
        return f"{way}核实，第{tries}次没有联系上本人"
    return f"{way}核实，本人" + ("同意" if body.agrees else "不需要或不同意")


def call_row(scene: Scene, **heard: Any) -> dict[str, Any]:
    """A row of what was heard, by whoever is before us now."""
    assert scene.caller is not None
    return {"at": scene.now, "by": scene.caller.account_id, **heard}


def call_back_shape(order: Order, sight: Sight) -> CallBackShape | None:
    """For the branch and whoever handles it; None where nobody asked for somebody else."""
    if not sight.internal or (order.beneficiary_relation is None and order.call_owed_at is None):
        return None
    consent = ProxyConsent(order.proxy_consent) if order.proxy_consent else None
    return CallBackShape(
        owed=order.call_owed_at is not None,
        owed_since=order.call_owed_at,
        consent=consent,
        consent_label=CHOICE_LABELS[ProxyConsent][consent] if consent else "代填时没有写明",
        tries=order.call_tries,
        calls=_calls(order.id),
    )


def _calls(order_id: int) -> list[CallShape]:
    rows = list(OrderCallBack.select().where(OrderCallBack.order == order_id).order_by(OrderCallBack.id))
    names = names_of({row.by_id for row in rows}) if rows else {}
    return [
        CallShape(
            at=row.at,
            by=names[row.by_id][1],
            way=CHOICE_LABELS[ContactWay][ContactWay(row.way)],
            reached=row.reached,
            agrees=row.agrees,
            note=row.note,
        )
        for row in rows
    ]
