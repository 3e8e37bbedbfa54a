"""What our web pages need inside WeChat: who their visitor is, and leave to use the phone. Only for our own pages."""

import re
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from backend.core.errors import AppError, invalid_field
from backend.core.http import Shape
from backend.core.settings import Settings
from backend.wechat.gateway import Gateway

STATE = r"[A-Za-z0-9]{1,128}"  # what the platform hands back unchanged
# browsers read a backslash as a slash and drop what is invisible: such an address is not what it seems
DECEPTIVE = re.compile(r"[\\\s\x00-\x1f\x7f]")


class SignatureQuery(BaseModel):
    """The page that asks."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(max_length=1000, description="address of the page, without what follows #")


class AuthorizeQuery(BaseModel):
    """Where a visitor is to come back to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: str = Field(pattern=f"^{STATE}$", description="made by the client, comes back with the code to be compared")
    to: str = Field("/m/", max_length=1000, description="a page of ours: its path, or its address below PUBLIC_URL")


class SignatureShape(Shape):
    """What `wx.config` takes, for exactly this page."""

    appid: str
    timestamp: int
    nonce: str
    signature: str


class AuthorizeShape(Shape):
    """Where to send the visitor."""

    url: str


def sign_page(query: SignatureQuery, *, settings: Settings, gateway: Gateway) -> SignatureShape:
    """Leave for a page of ours to use the JS-SDK; 422 for a foreign one, 503 when WeChat gives no ticket."""
    _require_account(settings)
    signed = gateway.page_signature(_own(query.url, settings.public_url, field="url"))
    return SignatureShape(
        appid=signed.appid, timestamp=signed.timestamp, nonce=signed.nonce, signature=signed.signature
    )


def authorize_address(query: AuthorizeQuery, *, settings: Settings, gateway: Gateway) -> AuthorizeShape:
    """The page of WeChat that recognises a visitor and sends him back to a page of ours; 422 for a foreign one."""
    _require_account(settings)
    target = settings.public_url + query.to if query.to.startswith("/") else query.to
    own = _own(target, settings.public_url, field="to")
    return AuthorizeShape(url=gateway.official.authorize_url(own, state=query.state))


def _own(url: str, public_url: str, *, field: str) -> str:
    """The address, if it lies below ours; 422 for any other."""
    try:
        asked, ours = urlsplit(url), urlsplit(public_url)
    except ValueError:
        raise _foreign(field) from None
    same_site = (asked.scheme, asked.netloc) == (ours.scheme, ours.netloc)
    inside = f"{asked.path or '/'}".startswith(f"{ours.path}/") and ".." not in asked.path.split("/")
    if DECEPTIVE.search(url) or not same_site or not inside:
        raise _foreign(field)
    return url


def _foreign(field: str) -> AppError:
    return invalid_field(field, "foreign_address", "只接受本站的页面地址")


def _require_account(settings: Settings) -> None:
    if not settings.official.appid:
        raise AppError("not_found", "没有配置公众号", status=404)
