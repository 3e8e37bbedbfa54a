"""A person's way through the running product: plain HTTP to the web process and to the emulator."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import requests

PATIENCE_S = 60.0  # a fresh database takes a busy machine half a minute to lay out
STEP_S = 0.1


@dataclass
class Reply:
    """What came back from the API."""

    status: int
    body: dict[str, Any]

    @property
    def code(self) -> str:
        """The stable code of the envelope."""
        return str(self.body["code"])

    @property
    def data(self) -> Any:
        """The data of the envelope."""
        return self.body["data"]


@dataclass
class Emulator:
    """The control calls of the emulator."""

    url: str

    def login_code(self, user: str) -> str:
        """What wx.login would give in this user's mini program."""
        return str(self._post("login-code", user=user)["code"])

    def subscribe(self, user: str, template_id: str, result: str = "accept") -> None:
        """Let a user answer a subscription prompt; the platform tells our callback."""
        self._post("subscribe", user=user, template_id=template_id, result=result)

    def advance(self, seconds: float) -> None:
        """Turn the clock that web and bot follow."""
        self._post("clock", advance_s=seconds)

    def clock(self) -> dict[str, Any]:
        """The emulator's present time."""
        found: dict[str, Any] = requests.get(f"{self.url}/_control/clock", timeout=5).json()
        return found

    def sent(self, **filters: str) -> list[dict[str, Any]]:
        """What WeChat has received from us, in order."""
        answer = requests.get(f"{self.url}/_control/sent", params=filters, timeout=5).json()
        return list(answer["items"] if isinstance(answer, dict) else answer)

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool], **filters: str) -> dict[str, Any]:
        """The first received message that is wanted; fails when it does not come."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            for message in self.sent(**filters):
                if wanted(message):
                    return message
            time.sleep(STEP_S)
        raise AssertionError(f"never arrived: {filters}; there is {self.sent(**filters)}")

    def _post(self, call: str, **body: Any) -> dict[str, Any]:
        answer = requests.post(f"{self.url}/_control/{call}", json=body, timeout=10)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


@dataclass
class Client:
    """One person's mini program: logged in through the emulator, every POST with an Idempotency-Key."""

    url: str
    token: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def log_in(self, emulator: Emulator, user: str) -> "Client":
        """wx.login, then our log-in."""
        reply = self.post("/auth/wechat", {"code": emulator.login_code(user), "channel": "miniprogram"})
        assert reply.status == 200, reply.body
        self.token = reply.data["token"]
        return self

    def get(self, path: str, **query: Any) -> Reply:
        """GET under /api/v1."""
        return self._call("GET", path, params=query)

    def post(self, path: str, body: dict[str, Any] | None = None) -> Reply:
        """POST under /api/v1."""
        return self._call("POST", path, json=body or {}, headers={"Idempotency-Key": uuid.uuid4().hex})

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """PUT that must succeed; gives the data."""
        reply = self._call("PUT", path, json=body)
        assert reply.status == 200, reply.body
        return reply.data

    def ok(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """POST that must succeed; gives the data."""
        reply = self.post(path, body)
        assert reply.status in {200, 201}, reply.body
        return reply.data

    def read(self, path: str, **query: Any) -> Any:
        """GET that must succeed; gives the data."""
        reply = self.get(path, **query)
        assert reply.status == 200, reply.body
        return reply.data

    def _call(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> Reply:
        given = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        answer = self.session.request(
            method, f"{self.url}/api/v1{path}", headers={**given, **(headers or {})}, timeout=20, **more
        )
        return Reply(answer.status_code, answer.json())


def until(found: Callable[[], Any], what: str) -> Any:
    """Ask until the answer is truthy; fails when it never is."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        answer = found()
        if answer:
            return answer
        time.sleep(STEP_S)
    raise AssertionError(f"never happened: {what}")
