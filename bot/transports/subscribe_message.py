"""Service notifications of the mini program: one accepted prompt, one message."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from backend.messaging import grants
from backend.messaging.addresses import openids_of
from backend.messaging.deliveries import Parcel
from backend.messaging.models import MessageTemplate
from backend.messaging.texts.shape import Unfit, fill_template
from backend.wechat.bulk import Fate
from backend.wechat.faults import Remedy
from backend.wechat.gateway import Gateway
from backend.wechat.miniprogram import SubscribeMessage
from bot.transports.carrier import Outcome, Skipped, Stopping

Addressed = tuple[Parcel, MessageTemplate, SubscribeMessage]


class SubscribeMessages:
    """Sends where there is a grant. The platform has the last word on grants, so ours is counted down after it."""

    def __init__(self, gateway: Gateway, appid: str) -> None:
        self._gateway = gateway
        self._appid = appid

    def send_many(self, parcels: Sequence[Parcel], *, now: datetime, stopping: Stopping) -> Iterator[list[Outcome]]:
        """Send service notifications, many at once; those without a grant are skipped unsent."""
        addressed, skipped = self._address(parcels)
        yield skipped
        messages = [message for _, _, message in addressed]
        for portion in self._gateway.bulk.send(messages, stopping=stopping):
            fates = [(addressed[index], fate) for index, fate in portion]
            _count_down(fates, now)
            yield [_outcome(parcel, fate) for (parcel, _, _), fate in fates]

    def _address(self, parcels: Sequence[Parcel]) -> tuple[list[Addressed], list[Outcome]]:
        """Those that can be sent, with their messages, and those that cannot."""
        accounts = {parcel.account_id for parcel in parcels if parcel.account_id}
        openids = openids_of(accounts, self._appid)
        templates = {row.purpose: row for row in MessageTemplate.select()}
        granted = {row.id: grants.open_to(accounts, row) for row in templates.values()}
        addressed, skipped = [], []
        for parcel in parcels:
            template = templates.get(str(parcel.rule.purpose))
            openid = openids.get(parcel.account_id or 0)
            try:
                if template is None or openid is None:
                    raise Skipped("no template or no mini program account")
                if parcel.account_id not in granted[template.id]:
                    raise Skipped("no grant left")
                addressed.append((parcel, template, _message(parcel, template, openid)))
            except Skipped as reason:
                skipped.append(Outcome(parcel, trouble=reason))
        return addressed, skipped


def _message(parcel: Parcel, template: MessageTemplate, openid: str) -> SubscribeMessage:
    assert parcel.rule.write is not None
    text = parcel.rule.write(parcel.facts)
    try:
        data = fill_template(template.fields, text.values)
    except Unfit as fault:
        raise Skipped(str(fault)) from None
    return SubscribeMessage(openid, template.template_id, data, text.page)


def _count_down(fates: Sequence[tuple[Addressed, Fate]], now: datetime) -> None:
    """Our ledger follows the platform: one less for what it took, none left where it knows of none."""
    taken: defaultdict[MessageTemplate, list[int]] = defaultdict(list)
    for (parcel, template, _), fate in fates:
        assert parcel.account_id is not None
        if isinstance(fate, str):
            taken[template].append(parcel.account_id)
        elif fate.remedy is Remedy.DROP_GRANT:
            grants.drop(parcel.account_id, template, now=now)
    # only now: dying before this line costs one refusal by the platform, dying after an early one a message
    for template, accounts in taken.items():
        grants.use_up(accounts, template, now=now)


def _outcome(parcel: Parcel, fate: Fate) -> Outcome:
    if isinstance(fate, str):
        return Outcome(parcel, platform_id=fate)
    if fate.remedy is Remedy.DROP_GRANT:
        return Outcome(parcel, trouble=Skipped(f"the platform knows no grant ({fate.errcode})"))
    return Outcome(parcel, trouble=fate)
