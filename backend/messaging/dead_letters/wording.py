"""What is said of dead letters: plain names, and what a person can do about a reason."""

import re

from backend.messaging.dead_letters.models import DeadKind
from backend.messaging.models import Channel
from backend.wechat.faults import RULINGS, WECOM_RULINGS

KIND_LABELS = {
    DeadKind.DELIVERY: "一条消息",
    DeadKind.RANGE: "大批发送中的一段",
    DeadKind.EVENT: "一件没能通知任何人的事",
}
CHANNEL_LABELS = {
    Channel.SUBSCRIBE_MESSAGE: "服务通知",
    Channel.WECOM_ROBOT: "企业微信群",
    Channel.CUSTOMER_GROUP: "企业微信客户群",
    Channel.MANUAL_FORWARD: "微信群转发",
    Channel.CONTENT_CHECK: "内容检查",
}
OF_WECOM = {Channel.WECOM_ROBOT, Channel.CUSTOMER_GROUP}
NO_ANSWER = "平台一直没有应答。网络恢复后可以重发；对方可能已经收到过一次"
OUTDATED = "系统升级后不再有这种消息，不必重发"
INTERNAL = "系统处理时出错。请把原因告诉技术人员，修好后再重发"
_CODE = re.compile(r"(?:^|: )(-?\d{1,6})\b")


def advice_on(reason: str, channel: str | None) -> str:
    """What to do about a reason."""
    if "no answer" in reason:
        return NO_ANSWER
    if "no such rule" in reason:
        return OUTDATED
    found = _CODE.search(reason)
    rulings = {**RULINGS, **WECOM_RULINGS} if channel in OF_WECOM else RULINGS
    ruling = rulings.get(int(found[1])) if found else None
    return ruling.advice if ruling else INTERNAL
