"""URL links and URL schemes."""

from typing import Any

import pytest
from wechatpy import WeChatClient

from tests.emulator.speaking import MINI, Emulator, refused

NOW = 1_795_395_600
DAY = 86_400
KINDS = ["/wxa/generate_urllink", "/wxa/generatescheme"]


def made(emulator: Emulator, kind: str, /, **body: Any) -> dict[str, Any]:
    """Either kind of link; the target of a scheme is one level deeper."""
    target = {name: body.pop(name) for name in ("path", "query", "env_version") if name in body}
    return emulator.wx(kind, body | (target if kind == KINDS[0] else {"jump_wxa": target}))


def test_url_link_through_wechatpy(mini: WeChatClient) -> None:
    link = mini.wxa.get_url_link(path="pages/a", query="b=1", is_expire=True, expire_type=1, expire_interval=30)
    assert link["url_link"].startswith("https://wxaurl.cn/")


def test_url_scheme_through_wechatpy(mini: WeChatClient) -> None:
    link = mini.wxa.get_url_scheme(jump_wxa={"path": "pages/a"}, is_expire=True, expire_type=0, expire_time=NOW + DAY)
    assert link["openlink"].startswith("weixin://dl/business/?t=")


def test_links_say_ok(emulator: Emulator) -> None:
    link, scheme = (made(emulator, kind, path="pages/a", query="b=1") for kind in KINDS)
    assert (link["errcode"], link["errmsg"], set(link)) == (0, "ok", {"errcode", "errmsg", "url_link"})
    assert set(scheme) == {"errcode", "errmsg", "openlink"}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("body", "errcode"),
    [
        ({"query": "a b"}, 40212),
        ({"query": "x" * 1025}, 40212),
        ({"path": "pages/a?b=1"}, 40165),
        ({"env_version": "beta"}, 85402),
        ({"expire_type": 1, "expire_interval": 31}, 85401),
        ({"expire_type": 1, "expire_interval": 0}, 85401),
        ({"expire_type": 1}, 85401),
        ({"expire_time": NOW + 59}, 85401),
        ({"expire_time": NOW + 30 * DAY + 1}, 85401),
        ({"expire_time": "tomorrow"}, 85401),
        ({"expire_time": NOW + 60}, 0),
        ({"expire_time": NOW + 30 * DAY}, 0),
        ({"query": "x" * 1024, "env_version": "trial"}, 0),
    ],
)
def test_link_rules(emulator: Emulator, kind: str, body: dict[str, Any], errcode: int) -> None:
    assert made(emulator, kind, **body)["errcode"] == errcode


@pytest.mark.parametrize("kind", KINDS)
def test_link_to_an_unpublished_page_is_refused(emulator: Emulator, kind: str) -> None:
    emulator.control("settings", pages=["pages/a"])
    assert made(emulator, kind, path="pages/b")["errcode"] == 40165
    assert made(emulator, kind, path="/pages/a")["errcode"] == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("changed", "errcode"), [({"published": False}, 85079), ({"personal_subject": True}, 85407)])
def test_link_of_an_app_that_may_not(emulator: Emulator, kind: str, changed: dict[str, bool], errcode: int) -> None:
    emulator.control("apps", appid=MINI.appid, **changed)
    assert made(emulator, kind, path="pages/a")["errcode"] == errcode


@pytest.mark.parametrize(("span", "used", "errcode"), [("second", 100, 44990), ("day", 500_000, 44993)])
def test_links_of_both_kinds_share_their_limits(emulator: Emulator, span: str, used: int, errcode: int) -> None:
    emulator.control("used", call="links", span=span, used=used - 1)
    assert made(emulator, KINDS[0])["errcode"] == 0
    assert made(emulator, KINDS[1])["errcode"] == errcode
    emulator.advance(1 if span == "second" else DAY)
    assert made(emulator, KINDS[1])["errcode"] == 0


def test_link_limit_is_told_by_wechatpy(emulator: Emulator, mini: WeChatClient) -> None:
    emulator.control("used", call="links", span="second", used=100)
    with refused(44990):
        mini.wxa.get_url_link(path="pages/a", is_expire=True, expire_type=1, expire_interval=1)
