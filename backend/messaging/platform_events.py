"""Events of the platform that concern messages: grants given and refused, and what became of a message."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend.messaging import deliveries
from backend.messaging.grants import GrantChange, apply_change
from backend.wechat.callbacks import entries, event_key, happened_at
from backend.wechat.pushes import Handler, NotYet


def prompt_answered(appid: str, event: Mapping[str, Any], *, now: datetime) -> None:
    """`subscribe_msg_popup_event`: the person answered a prompt. A "no" there takes nothing of what was granted."""
    for entry in entries(event, "SubscribeMsgPopupEvent"):
        if entry.get("SubscribeStatusString") == "accept":
            _enter(appid, event, entry, now)


def setting_changed(appid: str, event: Mapping[str, Any], *, now: datetime) -> None:
    """`subscribe_msg_change_event`: the person changed the switch in the service notifications."""
    for entry in entries(event, "SubscribeMsgChangeEvent"):
        _enter(appid, event, entry, now)


def _enter(appid: str, event: Mapping[str, Any], entry: Mapping[str, Any], now: datetime) -> None:
    change = GrantChange(
        appid=appid,
        openid=str(event.get("FromUserName")),
        template_id=str(entry.get("TemplateId")),
        accepted=entry.get("SubscribeStatusString") == "accept",
        event_key=f"{event_key(event)}:{entry.get('TemplateId')}"[:160],
        happened_at=happened_at(event, now=now),
    )
    apply_change(change, now=now)


def message_sent(_appid: str, event: Mapping[str, Any], *, now: datetime) -> None:
    """`subscribe_msg_sent_event`: the platform's later word on a message; NotYet when it overtook our own mark."""
    for entry in entries(event, "SubscribeMsgSentEvent"):
        msgid, errcode = str(entry.get("MsgID")), int(entry.get("ErrorCode") or 0)
        status = str(entry.get("ErrorStatus"))
        if errcode and not deliveries.record_platform_failure(msgid, errcode, status, now=now):
            raise NotYet(msgid)


HANDLERS: dict[str, Handler] = {
    "subscribe_msg_popup_event": prompt_answered,
    "subscribe_msg_change_event": setting_changed,
    "subscribe_msg_sent_event": message_sent,
}
