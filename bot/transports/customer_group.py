"""Customer groups of WeCom: the platform is given a task, the owner of the group confirms it, and nobody else can.

What the platform does not take, and what the owner does not send in time, a person forwards by hand: nothing is lost.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from backend.core.crypto import opened
from backend.messaging import customer_posts, forwards
from backend.messaging.customer_posts import hand_over
from backend.messaging.deliveries import Parcel
from backend.messaging.models import CustomerPost, CustomerPostState, GroupChat
from backend.messaging.pacing import StillTrue
from backend.messaging.texts.shape import Text
from backend.wechat.faults import PlatformFault, Remedy
from backend.wechat.gateway import Gateway
from backend.wechat.robots import clip_bytes
from backend.wechat.wecom import MAX_MASS_TEXT_BYTES, MassMessage, MassResult, SendStatus, WeComApp
from bot.transports.carrier import Skipped

# with the pauses of the relay: a quarter of an hour; what is still not taken then, a person forwards
MOST_TRIES = 5
MAX_LINK_TITLE_BYTES = 128
PASSING = {Remedy.RETRY_LATER, Remedy.REFRESH_TOKEN}
# what the platform says of a post that its owner cannot send any more
NEVER_SENT = {SendStatus.NOT_A_FRIEND: "unknown_group", SendStatus.OVER_THE_LIMIT: "over_limit"}

log = structlog.get_logger()


class CustomerGroups:
    """Asks the owner once for each post; the platform's id of the task is kept, so a second try finds it."""

    def __init__(self, gateway: Gateway, public_url: str, timezone: ZoneInfo) -> None:
        self._gateway = gateway
        self._public_url = public_url
        self._timezone = timezone

    def send(self, parcel: Parcel, *, now: datetime) -> str | None:
        """Give the post to the owner; returns the platform's id of the task, none where a person forwards."""
        chat = parcel.group_chat
        assert chat is not None
        assert parcel.rule.write is not None
        before = customer_posts.find(parcel.id)
        if before is not None and before.state != CustomerPostState.ASKING:
            return before.task_id
        if customer_posts.is_forwarded(parcel.id):
            return None
        if chat.disabled_at is not None:
            raise Skipped("the group is disabled")
        text = parcel.rule.write(parcel.facts)
        if chat.platform_chat_id is None or chat.owner_user is None or not self._gateway.has_wecom:
            forwards.prepare(parcel, text, reason="not_linked", now=now)
            return None
        post = customer_posts.begin(parcel, chat.owner_user, self._timezone, now=now)
        if post is None:
            forwards.prepare(parcel, text, reason="over_a_day", now=now)
            return None
        return self._ask(parcel, chat, post, text, now)

    def _ask(self, parcel: Parcel, chat: GroupChat, post: CustomerPost, text: Text, now: datetime) -> str | None:
        try:
            task = self._gateway.wecom.ask_to_send(self._message(post, text))
        except PlatformFault as fault:
            passing = fault.remedy in PASSING
            if passing and parcel.attempts < MOST_TRIES:
                raise
            log.warning("customer group refused", delivery=parcel.id, fault=str(fault), advice=fault.advice)
            hand_over(post, chat, text, reason="no_answer" if passing else "refused", now=now)
            return None
        if task.refused:
            hand_over(post, chat, text, reason="unknown_group", now=now)
            return None
        customer_posts.keep_task(post, task.id, now=now)
        return task.id

    def _message(self, post: CustomerPost, text: Text) -> MassMessage:
        title = clip_bytes(text.title, MAX_LINK_TITLE_BYTES)
        link = {"msgtype": "link", "link": {"title": title, "url": f"{self._public_url}/m/#/{text.page}"}}
        return MassMessage(
            sender=opened(post.sender) or "",
            chat_ids=(post.platform_chat_id,),
            text=clip_bytes(text.body, MAX_MASS_TEXT_BYTES),
            attachments=(link,) if text.page else (),
        )


def look_after_posts(*, gateway: Gateway | None, still_true: StillTrue, now: datetime) -> int:
    """Ask what the owners did with their posts; returns how many posts were settled."""
    app = gateway.wecom if gateway is not None and gateway.has_wecom else None
    return sum(_look_after(post, app, still_true, now) for post in customer_posts.due(now=now))


def _look_after(post: CustomerPost, app: WeComApp | None, still_true: StillTrue, now: datetime) -> bool:
    over = customer_posts.is_over(post, now=now)
    # withdrawn before it is asked about: the owner cannot send what a person is then told to forward
    withdrawn = over and _withdraw(post, app)
    result = _result_of(post, app)
    if result is not None and result.status is SendStatus.SENT:
        return customer_posts.settle(post, CustomerPostState.SENT, at=result.sent_at or now)
    never = NEVER_SENT.get(result.status) if result else None
    if never is None and not over:
        customer_posts.look_later(post, now=now)
        return False
    # of an asking whose answer was lost nobody knows the id: it is still with the owner
    known = withdrawn and result is not None and not post.delivery.maybe_twice
    _give_up(post, never or ("not_confirmed" if known else "not_known"), still_true, now)
    return True


def _withdraw(post: CustomerPost, app: WeComApp | None) -> bool:
    try:
        if app is not None:
            app.cancel_task(post.task_id or "")
    except PlatformFault as fault:
        log.warning("customer group not withdrawn", post=post.id, fault=str(fault), advice=fault.advice)
        return False
    return app is not None


def _result_of(post: CustomerPost, app: WeComApp | None) -> MassResult | None:
    """What the platform says of it; None when it does not say."""
    try:
        results = app.mass_results(post.task_id or "", sender=opened(post.sender) or "") if app else []
    except PlatformFault as fault:
        log.warning("customer group unknown", post=post.id, fault=str(fault), advice=fault.advice)
        return None
    return next((one for one in results if one.chat_id == post.platform_chat_id), None)


def _give_up(post: CustomerPost, reason: str, still_true: StillTrue, now: datetime) -> None:
    """A person forwards it, unless it is about something that is over, or the group was switched off."""
    event = post.delivery.event
    ask = still_true.get(event.topic)
    if post.group_chat.disabled_at is not None or (ask is not None and not ask(event.facts, now=now)):
        customer_posts.settle(post, CustomerPostState.LAPSED, at=now, reason=reason)
        return
    hand_over(post, post.group_chat, customer_posts.text_of(post.delivery), reason=reason, now=now)
