"""Service notifications of the mini program: one accepted prompt, one message."""

from datetime import datetime

from backend.messaging import grants
from backend.messaging.addresses import openid_of
from backend.messaging.deliveries import Parcel
from backend.messaging.models import MessageTemplate
from backend.messaging.texts.shape import Unfit, fill_template
from backend.wechat.faults import PlatformFault, Remedy
from backend.wechat.gateway import Gateway
from backend.wechat.miniprogram import SubscribeMessage
from bot.transports.carrier import Skipped


class SubscribeMessages:
    """Sends where there is a grant. The platform has the last word on grants, so ours is counted down after it."""

    def __init__(self, gateway: Gateway, appid: str) -> None:
        self._gateway = gateway
        self._appid = appid

    def send(self, parcel: Parcel, *, now: datetime) -> str | None:
        """Send one service notification; returns the platform's message id."""
        template = MessageTemplate.get_or_none(MessageTemplate.purpose == parcel.rule.purpose)
        openid = openid_of(parcel.account_id, self._appid) if parcel.account_id else None
        if template is None or openid is None or parcel.account_id is None:
            raise Skipped("no template or no mini program account")
        message = _message(parcel, template, openid)
        if not grants.open_to([parcel.account_id], template):
            raise Skipped("no grant left")
        try:
            platform_id = self._gateway.miniprogram.send_subscribe_message(message)
        except PlatformFault as fault:
            if fault.remedy is not Remedy.DROP_GRANT:
                raise
            grants.drop(parcel.account_id, template, now=now)
            raise Skipped("the platform knows no grant (43101)") from fault
        # only now: dying before this line costs one refusal by the platform, dying after an early one a message
        grants.use_up(parcel.account_id, template, now=now)
        return platform_id


def _message(parcel: Parcel, template: MessageTemplate, openid: str) -> SubscribeMessage:
    assert parcel.rule.write is not None
    text = parcel.rule.write(parcel.facts)
    try:
        data = fill_template(template.fields, text.values)
    except Unfit as fault:
        raise Skipped(str(fault)) from None
    return SubscribeMessage(openid, template.template_id, data, text.page)
