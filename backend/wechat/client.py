"""wechatpy made safe: time limits, one refresh and one retry, shared tokens, typed faults, no secrets shown."""

from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from backend.core.clock import Clock
from backend.core.settings import WECHAT_API_URL, WeChatApp
from backend.wechat.faults import PlatformFault, Remedy
from backend.wechat.tokens import TokenStore

TIMEOUT_S = (3, 8)


class Rebase(HTTPAdapter):
    """Sends what is meant for the platform to another base URL; wechatpy hard-codes its hosts."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        super().__init__(pool_maxsize=32)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        request.url = self._base_url + str(parts.path) + ("?" + str(parts.query) if parts.query else "")
        return super().send(request, *args, **kwargs)


def session_for(platform_url: str, base_url: str) -> requests.Session:
    """An HTTP session that reaches the platform, or what stands in for it."""
    session = requests.Session()
    session.trust_env = False  # proxies and netrc have no business here, and looking for them costs a third
    session.mount("https://", HTTPAdapter(pool_maxsize=32))
    if base_url != platform_url:
        session.mount(platform_url + "/", Rebase(base_url))
    return session


class SafeClient(WeChatClient):  # type: ignore[misc]
    """A client of the mini program or the official account, made to survive what the platform does."""

    def __init__(self, app: WeChatApp, base_url: str, clock: Clock) -> None:
        super().__init__(app.appid, app.secret, timeout=TIMEOUT_S, auto_retry=False)
        self._http = session_for(WECHAT_API_URL, base_url)
        self._tokens = TokenStore(app.appid, self._fetch_stable_token, clock)

    @property
    def access_token(self) -> str:
        """The shared token; wechatpy adds it to every call."""
        return self._tokens.token()

    def call(self, what: str, method: str, path: str, **kwargs: Any) -> Any:
        """One call by path, for what wechatpy lacks; raises PlatformFault named after `what`."""
        return self.guarded(what, lambda: self._request(method, f"{WECHAT_API_URL}/{path}", **kwargs))

    def guarded(self, what: str, call: Any) -> Any:
        """Run a call of wechatpy; whatever goes wrong comes out as a PlatformFault."""
        try:
            answer = call()
        except WeChatClientException as error:
            raise PlatformFault(error.errcode, what) from None
        except (requests.RequestException, ValueError):
            raise PlatformFault(None, what) from None
        if not isinstance(
            answer, dict
        ):  # wechatpy hands on what it cannot read: a page of some proxy, half a JSON
            raise PlatformFault(None, what)
        return answer

    def _request(self, method: str, url_or_endpoint: str, **kwargs: Any) -> Any:
        kwargs.setdefault("params", {})
        if "access_token" in kwargs["params"] or "secret" in kwargs["params"]:
            kwargs["params"].setdefault(
                "access_token", ""
            )  # these calls need none: do not fetch one for them
            return super()._request(method, url_or_endpoint, **kwargs)
        token = kwargs["params"]["access_token"] = self._tokens.token()
        try:
            return super()._request(method, url_or_endpoint, **kwargs)
        except WeChatClientException as error:
            if PlatformFault(error.errcode, "").remedy is not Remedy.REFRESH_TOKEN:
                raise
        kwargs["params"]["access_token"] = self._tokens.token(rejected=token)
        return super()._request(method, url_or_endpoint, **kwargs)

    def _fetch_stable_token(self) -> tuple[str, int]:
        body = {"grant_type": "client_credential", "appid": self.appid, "secret": self.secret}
        answer = self.guarded(
            "stable_token",
            lambda: self._http.post(
                f"{WECHAT_API_URL}/cgi-bin/stable_token", json=body, timeout=TIMEOUT_S
            ).json(),
        )
        if answer.get("errcode"):
            raise PlatformFault(int(answer["errcode"]), "stable_token")
        return str(answer["access_token"]), int(answer["expires_in"])
