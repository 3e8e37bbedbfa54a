"""What the service room knows of a person."""

from datetime import datetime

from backend.core.errors import AppError, Conflict
from backend.people.held import Fate, Held, exporter
from backend.service.models import (
    OrderCallBack,
    OrderCohandler,
    OrderFollowUp,
    OrderHandIn,
    OrderLog,
    OrderMedia,
    OrderRating,
    OrderSupervision,
    ServiceOrder,
    ServiceType,
)
from backend.service.orders.workflow import OPEN

FILED = Fate("工单是为群众办事的档案，隐去姓名、电话和位置后保存")
WORK = Fate("这是办理工单的记录，属于党组织的档案")
NAMELESS = {
    "contact_name": None,
    "contact_phone": None,
    "beneficiary_name": None,
    "beneficiary_phone": None,
    "lat": None,
    "lng": None,
    "place_text": "（已删除）",
    "household": None,
    "answers": None,
    "board_text": None,
}

HELD = (
    Held(
        "我的工单",
        ServiceOrder.requester,
        Fate(FILED.kept_for, NAMELESS),
        (
            *(
                "number",
                "service_type",
                "organization",
                "title",
                "description",
                "answers",
                "state",
                "created_at",
                "closed_at",
            ),
            *("place_text", "lat", "lng", "contact_name", "contact_phone"),
            *("beneficiary_name", "beneficiary_phone", "beneficiary_relation", "proxy_consent"),
        ),
    ),
    Held(
        "我的评价",
        OrderRating.order,
        FILED,
        ("order", "at", "solved", "satisfaction", "comment"),
        through=ServiceOrder.requester,
    ),
    Held("办理的工单", ServiceOrder.handler, WORK, ("number", "service_type", "organization", "state", "claimed_at")),
    Held("派给我的工单", ServiceOrder.target, WORK, ("number", "organization", "dispatched_at")),
    Held("工单操作", OrderLog.actor, WORK, ("order", "at", "action", "note")),
    Held("办结材料", OrderHandIn.handler, WORK, ("order", "at", "solved", "reason", "public_reply")),
    Held("协办的工单", OrderCohandler.account, WORK, ("order", "at", "due_at")),
    Held("督办", OrderSupervision.by, WORK, ("order", "at", "note")),
    Held("回访", OrderFollowUp.by, WORK, ("order", "at", "way", "note")),
    Held("给本人打的核实电话", OrderCallBack.by, WORK, ("order", "at", "way", "reached", "note")),
    Held("改过的服务类别", ServiceType.made_by, WORK, ("organization", "made_at", "version")),
    Held("不再显示的工单照片", OrderMedia.withheld_by, WORK, ("order", "withheld_at", "withheld_reason")),
)
export = exporter(HELD)


def hinders_erasure(account_id: int, *, now: datetime) -> AppError | None:
    """Open orders first have to come to their end: somebody is waiting, or somebody is on his way."""
    mine = (ServiceOrder.requester == account_id) | (ServiceOrder.handler == account_id)
    if ServiceOrder.select(ServiceOrder.id).where(mine, ServiceOrder.state.in_(list(OPEN))).exists():
        return Conflict("open_orders", "您还有没办完的工单，请先撤回，或等办结、转交之后再申请注销")
    return None
