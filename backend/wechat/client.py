"""wechatpy made safe: time limits, one refresh and one retry, shared tokens, typed faults, no secrets shown."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from wechatpy import WeChatClient
from wechatpy.client.base import BaseWeChatClient
from wechatpy.exceptions import WeChatClientException

from backend.core.clock import Clock
from backend.core.settings import WECHAT_API_URL, WeChatApp
from backend.wechat.calls import Answer, ask, refuse
from backend.wechat.faults import PlatformFault, Remedy, TokenFault
from backend.wechat.tokens import TokenStore

TIMEOUT_S = (3, 8)  # to connect, and to wait for the answer
CONNECTIONS = 32

T = TypeVar("T")


class Rebase(HTTPAdapter):
    """Sends what is meant for the platform to another base URL; wechatpy hard-codes its hosts."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        super().__init__(pool_maxsize=CONNECTIONS)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        request.url = self._base_url + str(parts.path) + ("?" + str(parts.query) if parts.query else "")
        return super().send(request, *args, **kwargs)


def session_for(platform_url: str, base_url: str) -> requests.Session:
    """An HTTP session that reaches the platform, or what stands in for it."""
    session = requests.Session()
    session.trust_env = False  # proxies and netrc have no business here, and looking for them costs a third
    session.mount("https://", HTTPAdapter(pool_maxsize=CONNECTIONS))
    if base_url != platform_url:
        session.mount(platform_url + "/", Rebase(base_url))
    return session


def nothing(_answer: Answer) -> None:
    """Reads an answer that says no more than "ok"."""


class Safe(BaseWeChatClient):  # type: ignore[misc]
    """What both clients of wechatpy need in order to survive what the platform does.

    A class that mixes this in sets `_tokens`, `_http` and `_api_url`, and says which faults its platform has.
    """

    fault: type[PlatformFault] = PlatformFault
    _tokens: TokenStore
    _api_url: str

    @property
    def access_token(self) -> str:
        """The shared token; wechatpy adds it to every call."""
        return self._tokens.token()

    def fetch(self, what: str, path: str, query: Mapping[str, Any], read: Callable[[Answer], T]) -> T:
        """GET a path that wechatpy lacks and read its answer; raises PlatformFault named after `what`."""
        return self.ask(what, lambda: self._request("get", f"{self._api_url}/{path}", params=dict(query)), read)

    def submit(self, what: str, path: str, body: Mapping[str, Any], read: Callable[[Answer], T]) -> T:
        """POST a body to a path that wechatpy lacks and read its answer; raises PlatformFault."""
        return self.ask(what, lambda: self._request("post", f"{self._api_url}/{path}", data=dict(body)), read)

    def ask(self, what: str, call: Callable[[], Any], read: Callable[[Any], T]) -> T:
        """Make a call of wechatpy's own and read its answer; whatever goes wrong comes out as a PlatformFault."""
        return ask(what, lambda: read(call()), self.fault)

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        query = kwargs.setdefault("params", {})
        if "access_token" in query or "secret" in query:
            query.setdefault("access_token", "")  # these calls need none: do not fetch one for them
            return super()._request(method, url_or_endpoint, **kwargs)
        token = query["access_token"] = self._tokens.token()
        try:
            return super()._request(method, url_or_endpoint, **kwargs)
        except WeChatClientException as error:
            if self.fault(error.errcode, "").remedy is not Remedy.REFRESH_TOKEN:
                raise
        query["access_token"] = self._tokens.token(rejected=token)
        return super()._request(method, url_or_endpoint, **kwargs)

    def _decode_result(self, response: requests.Response) -> Any:
        """Only a JSON object or a file is an answer: wechatpy hands on what it cannot read."""
        answer = super()._decode_result(response)
        if isinstance(answer, dict) or (answer is response and _is_file(response)):
            return answer
        raise ValueError("neither JSON nor a file")


def _is_file(answer: requests.Response) -> bool:
    kind = answer.headers.get("Content-Type", "")
    return kind.startswith(("image/", "audio/", "application/octet-stream"))


class SafeClient(Safe, WeChatClient):  # type: ignore[misc]
    """A client of the mini program or the official account."""

    def __init__(self, app: WeChatApp, base_url: str, clock: Clock) -> None:
        super().__init__(app.appid, app.secret, timeout=TIMEOUT_S, auto_retry=False)
        self._api_url = WECHAT_API_URL
        self._http = session_for(WECHAT_API_URL, base_url)
        self._tokens = TokenStore(app.appid, self._fetch_stable_token, clock)

    @property
    def tokens(self) -> TokenStore:
        """The shared token of this app, for the bulk sender."""
        return self._tokens

    def check_credentials(self) -> None:
        """Ask for a token, whatever is in store; raises PlatformFault."""
        self._fetch_stable_token()

    def _fetch_stable_token(self) -> tuple[str, int]:
        body = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
        url = f"{WECHAT_API_URL}/cgi-bin/stable_token"

        def fetch() -> tuple[str, int]:
            answer = self._http.post(url, json=body, timeout=TIMEOUT_S).json()
            refuse(answer, "stable_token", TokenFault)
            return str(answer["access_token"]), int(answer["expires_in"])

        return ask("stable_token", fetch, TokenFault)
