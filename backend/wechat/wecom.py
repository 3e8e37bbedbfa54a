"""Calls of WeCom's self-built application: group chats of members, and mass messages to customer groups."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

from wechatpy.work import WeChatClient as WorkClient

from backend.core.clock import Clock
from backend.core.settings import WECOM_API_URL
from backend.wechat.calls import Answer, ask, refuse
from backend.wechat.client import TIMEOUT_S, Safe, nothing, session_for
from backend.wechat.faults import TokenFault, Unsendable, WeComFault
from backend.wechat.robots import MAX_TEXT_BYTES, Post, clip_bytes
from backend.wechat.tokens import TokenStore

FEWEST_MEMBERS, MOST_MEMBERS = 2, 2000
MOST_GROUPS = 2000
MOST_ATTACHMENTS = 9
MAX_MASS_TEXT_BYTES = 4000
PAGE_SIZE = 500


class SendStatus(IntEnum):
    """What became of a mass message in one group."""

    UNSENT = 0
    SENT = 1
    NOT_A_FRIEND = 2
    OVER_THE_LIMIT = 3


@dataclass(frozen=True)
class MassMessage:
    """What the owner of customer groups is asked to send; attachments as WeCom names them (image, link …)."""

    sender: str
    chat_ids: tuple[str, ...]
    text: str
    attachments: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class MassTask:
    """A mass message that waits for its sender: nothing reaches a group until a person confirms it."""

    id: str
    refused: tuple[str, ...]


@dataclass(frozen=True)
class MassResult:
    """What became of a task in one group."""

    chat_id: str
    status: SendStatus
    sent_at: datetime | None


class WeComApp(Safe, WorkClient):  # type: ignore[misc]
    """A self-built application of one WeCom organisation.

    Its token is kept under a name made of corp and secret: two applications of one corp have two tokens.
    """

    fault = WeComFault

    def __init__(self, corp_id: str, secret: str, base_url: str, clock: Clock) -> None:
        super().__init__(corp_id, secret, timeout=TIMEOUT_S, auto_retry=False)
        self._api_url = WECOM_API_URL
        self._http = session_for(WECOM_API_URL, base_url)
        name = f"{corp_id}:{hashlib.sha256(secret.encode()).hexdigest()[:16]}"
        self._tokens = TokenStore(name, self._fetch_corp_token, clock)

    def check_credentials(self) -> None:
        """Ask for a token, whatever is in store; raises PlatformFault."""
        self._fetch_corp_token()

    def create_chat(self, name: str, members: Sequence[str], *, owner: str, chat_id: str | None = None) -> str:
        """Open a chat of 2 to 2,000 members, the owner among them; returns its id."""
        if not FEWEST_MEMBERS <= len(members) <= MOST_MEMBERS:
            raise Unsendable(86006, "appchat/create", f"{len(members)} members")
        call = self.appchat.create
        return self.ask("appchat/create", lambda: call(chat_id, name, owner, list(members)), lambda a: str(a["chatid"]))

    def send_to_chat(self, chat_id: str, post: Post) -> None:
        """Send a text, markdown or news post to a chat of this application; texts are cut to 2,048 bytes."""
        content = dict(post.content)
        if post.kind in {"text", "markdown"}:
            content = {"content": clip_bytes(str(content["content"]), MAX_TEXT_BYTES)}
        body = {"chatid": chat_id, "msgtype": post.kind, post.kind: content}
        self.submit("appchat/send", "cgi-bin/appchat/send", body, nothing)

    def ask_to_send(self, message: MassMessage) -> MassTask:
        """Prepare a message to customer groups; their owner confirms it in WeCom."""
        _check_mass(message)
        body = {
            "chat_type": "group",
            "sender": message.sender,
            "chat_id_list": list(message.chat_ids),
            "text": {"content": message.text},
            "attachments": [dict(one) for one in message.attachments],
        }

        def read(answer: Answer) -> MassTask:
            return MassTask(str(answer["msgid"]), tuple(answer.get("fail_list") or ()))

        return self.ask("add_msg_template", lambda: self.external_contact.add_msg_template(body), read)

    def mass_results(self, task_id: str, *, sender: str) -> list[MassResult]:
        """What became of a task, group by group."""
        return list(self._mass_results(task_id, sender))

    def _mass_results(self, task_id: str, sender: str) -> Iterator[MassResult]:
        path, cursor = "cgi-bin/externalcontact/get_groupmsg_send_result", ""
        while True:
            body = {"msgid": task_id, "userid": sender, "limit": PAGE_SIZE, "cursor": cursor}
            page, cursor = self.submit("get_groupmsg_send_result", path, body, _read_results)
            yield from page
            if not cursor:
                return

    def remind_sender(self, task_id: str) -> None:
        """Remind the sender of an unconfirmed task; three times in 24 hours at most."""
        path = "cgi-bin/externalcontact/remind_groupmsg_send"
        self.submit("remind_groupmsg_send", path, {"msgid": task_id}, nothing)

    def cancel_task(self, task_id: str) -> None:
        """Withdraw a task; what was confirmed before stays sent."""
        path = "cgi-bin/externalcontact/cancel_groupmsg_send"
        self.submit("cancel_groupmsg_send", path, {"msgid": task_id}, nothing)

    def _fetch_corp_token(self) -> tuple[str, int]:
        query = {"corpid": self.corp_id, "corpsecret": self.secret}

        def fetch() -> tuple[str, int]:
            url = f"{WECOM_API_URL}/cgi-bin/gettoken"
            answer = self._http.get(url, params=query, timeout=TIMEOUT_S).json()
            refuse(answer, "gettoken", TokenFault)
            return str(answer["access_token"]), int(answer["expires_in"])

        return ask("gettoken", fetch, TokenFault)


def _check_mass(message: MassMessage) -> None:
    attachments = len(message.attachments)
    if not message.chat_ids or len(message.chat_ids) > MOST_GROUPS:
        raise Unsendable(40058, "add_msg_template", f"{len(message.chat_ids)} groups")
    if attachments > MOST_ATTACHMENTS or not (message.text or attachments):
        raise Unsendable(40058, "add_msg_template", "a text or 1 to 9 attachments")
    if len(message.text.encode()) > MAX_MASS_TEXT_BYTES:
        raise Unsendable(40058, "add_msg_template", f"text of more than {MAX_MASS_TEXT_BYTES} bytes")


def _read_results(answer: Answer) -> tuple[list[MassResult], str]:
    results = [
        MassResult(
            chat_id=str(one["chat_id"]),
            status=SendStatus(int(one["status"])),
            sent_at=datetime.fromtimestamp(int(one["send_time"]), UTC) if one.get("send_time") else None,
        )
        for one in answer["send_list"]
    ]
    return results, str(answer.get("next_cursor") or "")
