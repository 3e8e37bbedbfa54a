"""Service notifications of the mini program: one accepted prompt, one message."""

from datetime import datetime

from backend.messaging import grants
from backend.messaging.deliveries import Parcel
from backend.messaging.models import MessageTemplate
from backend.messaging.texts.shape import fill_template
from backend.people.login import openid_of
from backend.wechat.faults import PlatformFault, Remedy
from backend.wechat.gateway import Gateway, SubscribeMessage
from bot.transports.carrier import Skipped


class SubscribeMessages:
    """Uses up a grant, sends, and gives the grant back when the platform certainly did not take the message."""

    def __init__(self, gateway: Gateway, appid: str) -> None:
        self._gateway = gateway
        self._appid = appid

    def send(self, parcel: Parcel, *, now: datetime) -> str | None:
        """Send one service notification; returns the platform's message id."""
        template = MessageTemplate.get_or_none(MessageTemplate.purpose == parcel.rule.purpose)
        openid = openid_of(parcel.account_id, self._appid) if parcel.account_id else None
        if template is None or openid is None or parcel.account_id is None:
            raise Skipped("no template or no mini program account")
        message = self._message(parcel, template, openid)
        if not grants.take(parcel.account_id, template, now=now):
            raise Skipped("no grant left")
        try:
            return self._gateway.send_subscribe_message(message)
        except PlatformFault as fault:
            self._settle(parcel.account_id, template, fault, now)
            raise

    def _message(self, parcel: Parcel, template: MessageTemplate, openid: str) -> SubscribeMessage:
        assert parcel.rule.write is not None
        text = parcel.rule.write(parcel.facts)
        return SubscribeMessage(
            openid, template.template_id, fill_template(template.fields, text.values), text.page
        )

    def _settle(
        self, account_id: int, template: MessageTemplate, fault: PlatformFault, now: datetime
    ) -> None:
        if fault.remedy is Remedy.DROP_GRANT:
            grants.drop(account_id, template, now=now)
            raise Skipped("the platform knows no grant (43101)") from fault
        if fault.errcode is not None:
            grants.give_back(account_id, template, now=now)
