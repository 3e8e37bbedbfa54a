"""Service notifications of the mini program: one accepted prompt, one message."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Self, TypeGuard

from backend.core.clock import Clock
from backend.core.database import connected, in_unit_of_work
from backend.messaging import grants, rates
from backend.messaging.addresses import openids_of
from backend.messaging.deliveries import Parcel
from backend.messaging.models import MessageTemplate
from backend.messaging.texts.shape import Unfit, fill_template
from backend.wechat.bulk import Fate, Spacing
from backend.wechat.faults import PlatformFault, Remedy
from backend.wechat.gateway import Gateway
from backend.wechat.miniprogram import SubscribeMessage
from bot.transports.carrier import NotNow, Outcome, Skipped, Stopping

Addressed = tuple[Parcel, MessageTemplate, SubscribeMessage]

# refusals that concern all messages of the app, not one person's
TOO_FAST = frozenset({44990, 44991, 45009, 45011})
# what was taken is counted down for so many at a time: a bot that dies meanwhile costs each at most one refusal
COUNTED_TOGETHER = 200
# more turns would be over before this process comes to use them
TURNS_AT_ONCE = 256
# longer than this no batch is held on to: what is more urgent comes first in the next
PATIENCE_S = 2.0


class SubscribeMessages:
    """Sends where there is a grant, at the pace that all processes share.

    The platform has the last word on grants, so ours is counted down after it. With a `clock` a turn that is a moment
    off is waited for; without one, what has no turn at this instant comes back later.
    """

    def __init__(self, gateway: Gateway, appid: str, clock: Clock | None = None) -> None:
        self._gateway = gateway
        self._appid = appid
        self._clock = clock
        self._bucket = rates.bucket_of_app("notify", appid)

    def send_many(self, parcels: Sequence[Parcel], *, now: datetime, stopping: Stopping) -> Iterator[list[Outcome]]:
        """Send service notifications, many at once; those without a grant are skipped unsent."""
        addressed, skipped = self._address(parcels)
        yield skipped
        pacer = _Pacer(self._bucket, self._clock or (lambda: now), waits=self._clock is not None)
        left = {parcel.id: parcel for parcel, _, _ in addressed}
        with _Count(now) as count:
            for portion in self._gateway.bulk.send(
                [message for _, _, message in addressed],
                stopping=lambda: pacer.later is not None or stopping(),
                pace=pacer.turns,
            ):
                fates = [(addressed[index], fate) for index, fate in portion]
                rest_s = max((fate.retry_after for _, fate in fates if _is_too_fast(fate)), default=0)
                if rest_s:
                    pacer.rest(rest_s)
                # marked first: what is told and not marked is told twice
                yield [_outcome(parcel, fate) for (parcel, _, _), fate in fates]
                count.down(fates)
                for (parcel, _, _), _ in fates:
                    del left[parcel.id]
        if pacer.later:
            yield [Outcome(parcel, trouble=NotNow(pacer.later)) for parcel in left.values()]

    def _address(self, parcels: Sequence[Parcel]) -> tuple[list[Addressed], list[Outcome]]:
        """Those that can be sent, with their messages, and those that cannot."""
        accounts = {parcel.account_id for parcel in parcels if parcel.account_id}
        openids = openids_of(accounts, self._appid)
        templates = {row.purpose: row for row in MessageTemplate.select()}
        granted = {row.id: grants.open_to(accounts, row) for row in templates.values()}
        written: dict[tuple[int, str], tuple[dict[str, str], str | None]] = {}
        addressed, skipped = [], []
        for parcel in parcels:
            template = templates.get(str(parcel.rule.purpose))
            openid = openids.get(parcel.account_id or 0)
            try:
                if template is None or openid is None:
                    raise Skipped("no template or no mini program account")
                if parcel.account_id not in granted[template.id]:
                    raise Skipped("no grant left")
                same = (parcel.event_id, parcel.rule.name)  # thousands read the same words: written once
                if same not in written:
                    written[same] = _words(parcel, template)
                addressed.append((parcel, template, SubscribeMessage(openid, template.template_id, *written[same])))
            except Skipped as reason:
                skipped.append(Outcome(parcel, trouble=reason))
        return addressed, skipped


class _Pacer:
    """The turns of one batch, out of the bucket that all processes share; `later` is when to come again for more."""

    def __init__(self, bucket: str, clock: Clock, *, waits: bool) -> None:
        self._bucket = bucket
        self._clock = clock
        self._waits = waits
        self._interval = rates.interval_of("rate_notify")
        self._enough = time.monotonic() + PATIENCE_S
        self.later: datetime | None = None

    def turns(self, count: int, ahead_s: float) -> Spacing | None:
        """Turns for some of so many, none of them sooner than in so many seconds; waits a moment for them."""
        with connected():
            while time.monotonic() < self._enough:
                # both at one moment: what taking the turns takes must not put them off
                instant, started = self._clock(), time.monotonic()
                ready_at = instant + min(timedelta(seconds=ahead_s), rates.AHEAD)
                turns = rates.take_turns(self._bucket, self._interval, min(count, TURNS_AT_ONCE), now=ready_at)
                pause_s = (turns.first - instant).total_seconds()
                if turns.count:
                    return Spacing(started + pause_s, self._interval.total_seconds(), turns.count)
                if not self._waits or pause_s > PATIENCE_S:
                    self.later = turns.first
                    return None
                time.sleep(pause_s)
        return None

    def rest(self, seconds: int) -> None:
        """The platform finds the whole app too fast: no process goes on for so long."""
        self.later = self._clock() + timedelta(seconds=seconds)
        rates.block(self._bucket, self.later)


def _is_too_fast(fate: Fate) -> TypeGuard[PlatformFault]:
    return isinstance(fate, PlatformFault) and fate.errcode in TOO_FAST


def _words(parcel: Parcel, template: MessageTemplate) -> tuple[dict[str, str], str | None]:
    """What stands in the fields of the template, and the page behind it."""
    assert parcel.rule.write is not None
    text = parcel.rule.write(parcel.facts)
    try:
        return fill_template(template.fields, text.values), text.page
    except Unfit as fault:
        raise Skipped(str(fault)) from None


class _Count:
    """Our ledger of grants follows the platform: one less for what it took, none left where it knows of none."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._fates: list[tuple[Addressed, Fate]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_trouble: object) -> None:
        self._write()

    def down(self, fates: Sequence[tuple[Addressed, Fate]]) -> None:
        """These were settled; at the end of the block all of them are counted."""
        self._fates += fates
        if len(self._fates) >= COUNTED_TOGETHER:
            self._write()

    def _write(self) -> None:
        fates, self._fates = self._fates, []
        if fates:
            in_unit_of_work(partial(_count_down, fates, self._now))


def _count_down(fates: Sequence[tuple[Addressed, Fate]], now: datetime) -> None:
    taken: defaultdict[MessageTemplate, list[int]] = defaultdict(list)
    for (parcel, template, _), fate in fates:
        assert parcel.account_id is not None
        if isinstance(fate, str):
            taken[template].append(parcel.account_id)
        elif fate.remedy is Remedy.DROP_GRANT:
            grants.drop(parcel.account_id, template, now=now)
    for template, accounts in taken.items():
        grants.use_up(accounts, template, now=now)


def _outcome(parcel: Parcel, fate: Fate) -> Outcome:
    if isinstance(fate, str):
        return Outcome(parcel, platform_id=fate)
    if fate.remedy is Remedy.DROP_GRANT:
        return Outcome(parcel, trouble=Skipped(f"the platform knows no grant ({fate.errcode})"))
    return Outcome(parcel, trouble=fate)
