"""The chat itself: who writes, what he wants, what he reads. One instance serves all requests."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from backend.chat.answers import ANSWERS, Asked
from backend.chat.links import Links
from backend.chat.words import wish_in
from backend.core.settings import Settings
from backend.people.access import caller_of
from backend.people.models import WeChatIdentity
from backend.people.permissions import Caller
from backend.wechat.replies import TextReply


class Conversation:
    """Answers messages to the official account of these settings."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._links = Links(settings.miniprogram.appid, settings.public_url)

    def answer(self, appid: str, event: Mapping[str, Any], *, now: datetime) -> TextReply | None:
        """What the sender reads; nothing for events that ask for no answer, and for other accounts."""
        write = ANSWERS.get(wish_in(event))
        if appid != self._settings.official.appid or write is None:
            return None
        caller = self._caller(str(event.get("FromUserName")), now)
        text = str(event.get("Content") or "")
        return TextReply(write(Asked(text, caller, self._links, self._settings.timezone, now)))

    def _caller(self, openid: str, now: datetime) -> Caller | None:
        """The account behind an openid; None for somebody who never logged in by way of the official account."""
        identity: WeChatIdentity | None = WeChatIdentity.get_or_none(
            WeChatIdentity.appid == self._settings.official.appid, WeChatIdentity.openid == openid
        )
        if identity is None:
            return None
        return caller_of(identity.account_id, timezone=self._settings.timezone, now=now)
