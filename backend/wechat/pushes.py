"""Events of the platform: kept first, acted on at once if that is quick, else by the bot; each counts once."""

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeVar

import structlog

from backend.core.database import connected, delete_where, in_unit_of_work
from backend.core.errors import AppError
from backend.wechat.callbacks import WINDOW, Push, event_key
from backend.wechat.models import PlatformEvent, PushSignature
from backend.wechat.replies import Reply, TextReply

Event = Mapping[str, Any]
Handler = Callable[..., None]
Chat = Callable[..., Reply | None]
T = TypeVar("T")

ANSWER_WITHIN_S = 2.0  # for the event and for the reply; the platform hangs up after five
WORKERS = 8
LEASE = timedelta(seconds=60)
# pause before try 2, 3, …; after the last one a person has to look
BACK_OFF = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 3600))
KEPT = timedelta(days=7)
BATCH = 100
BUSY = TextReply("系统正忙，请稍后再发一次，或打开小程序办理。")
MAX_FAULT, MAX_KEY = 200, 160

log = structlog.get_logger()


class NotYet(Exception):
    """The event speaks of something that we have not written down yet: it overtook our own work."""


def remember_signature(appid: str, push: Push, *, now: datetime) -> None:
    """403 when this signature came before with another body: only the platform can make a new one.

    The same request once more is no offence (the platform repeats itself); acting once is seen to by the event's key.
    """
    signature = f"{appid}:{push.signature}"[:80]
    digest = hashlib.sha256(push.body).hexdigest()
    row = {"signature": signature, "body_digest": digest, "seen_at": now}
    if PushSignature.insert(row).on_conflict_ignore().as_rowcount().execute():
        return
    known = PushSignature.get_or_none(PushSignature.signature == signature)
    if known is not None and known.body_digest != digest:
        raise AppError("replayed_callback", "这个签名已经用过", status=403)


def take(appid: str, event: Event, handler: Handler, *, now: datetime) -> None:
    """Keep an event and act on it; returns within ANSWER_WITHIN_S whatever the handler does."""
    kept = _keep(appid, event, now)
    if kept is None:
        return  # a repeated delivery: the first one is done, or the bot sees to it
    try:
        within(ANSWER_WITHIN_S, lambda: _handle(kept, handler, now))
    except Exception:
        log.exception("event left to the bot", row=kept.id)


def reply_to(appid: str, event: Event, chat: Chat | None, *, now: datetime) -> Reply | None:
    """What a person reads at once in answer to a message; a sentence of regret when the chat fails or is too slow."""
    if chat is None:
        return None
    try:
        return within(ANSWER_WITHIN_S, lambda: chat(appid, event, now=now))
    except Exception:
        log.exception("no reply", kind=event.get("Event") or event.get("MsgType"))
        return None if event.get("MsgType") == "event" else BUSY


def _keep(appid: str, event: Event, now: datetime) -> PlatformEvent | None:
    """The event's row, leased to us; None when it was here before."""
    key = event_key(event)[:MAX_KEY]
    row = {"key": key, "appid": appid, "content": dict(event), "received_at": now, "available_at": now + LEASE}
    if not PlatformEvent.insert(row).on_conflict_ignore().as_rowcount().execute():
        return None
    kept: PlatformEvent = PlatformEvent.get(PlatformEvent.key == key)
    return kept


def within(limit_s: float, work: Callable[[], T]) -> T:
    """What `work` gives; raises TimeoutError when it takes longer, and it goes on by itself, on its own connection."""

    def connected_work() -> T:
        with connected():
            return work()

    return _workers().submit(connected_work).result(limit_s)


@cache
def _workers() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(WORKERS, thread_name_prefix="push")


def _handle(kept: PlatformEvent, handler: Handler, now: datetime) -> bool:
    """Act on one event and write down how it went; True when it is done."""
    try:
        handler(kept.appid, kept.content, now=now)
    except NotYet:
        _postpone(kept, "not yet", now)
        return False
    except Exception as error:
        log.exception("event not handled", kind=kept.content.get("Event"), row=kept.id)
        _postpone(kept, type(error).__name__, now)
        return False
    _write(kept, handled_at=now, available_at=None, fault=None)
    return True


def _postpone(kept: PlatformEvent, fault: str, now: datetime) -> None:
    again = now + BACK_OFF[kept.attempts] if kept.attempts < len(BACK_OFF) else None
    _write(kept, attempts=kept.attempts + 1, available_at=again, fault=fault[:MAX_FAULT])


def _write(kept: PlatformEvent, **values: Any) -> None:
    in_unit_of_work(lambda: PlatformEvent.update(**values).where(PlatformEvent.id == kept.id).execute())


def handle_waiting(handlers: Mapping[str, Handler], *, now: datetime) -> int:
    """Act on the events that are due, oldest first; returns how many are done. Safe on two machines at once."""
    due = (
        PlatformEvent.select()
        .where(PlatformEvent.available_at <= now)
        .order_by(PlatformEvent.available_at, PlatformEvent.id)
        .limit(BATCH)
    )
    return sum(_lease(kept, now) and _handle(kept, _handler_of(kept, handlers), now) for kept in list(due))


def _handler_of(kept: PlatformEvent, handlers: Mapping[str, Handler]) -> Handler:
    return handlers.get(str(kept.content.get("Event")), _ignore)


def _ignore(_appid: str, _event: Event, *, now: datetime) -> None:
    """What this version of the product has no use for any more."""


def _lease(kept: PlatformEvent, now: datetime) -> bool:
    taken = PlatformEvent.update(available_at=now + LEASE).where(
        PlatformEvent.id == kept.id, PlatformEvent.available_at == kept.available_at
    )
    return bool(in_unit_of_work(taken.execute) == 1)


def purge(*, now: datetime) -> int:
    """Forget signatures whose time has passed and events that are long done; returns how many."""
    signatures = delete_where(PushSignature, PushSignature.seen_at < now - 2 * WINDOW)
    return signatures + delete_where(PlatformEvent, PlatformEvent.received_at < now - KEPT)
