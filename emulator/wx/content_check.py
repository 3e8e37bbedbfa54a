"""Content security: texts at once, media by an event later."""

from typing import Any
from urllib.parse import quote, urlsplit

from emulator.callbacks.delivery import request
from emulator.callbacks.events import media_checked
from emulator.calls import Call, Endpoint
from emulator.config import App, User, Word
from emulator.errors import PlatformError
from emulator.ids import rid
from emulator.quotas import Limit, count

VISIT_LIFE_S = 2 * 3600
LONGEST_CONTENT = 2500
NORMAL = 100
DOWNLOAD_FAILED = -1008
FETCH_TIMEOUT_S = 5.0
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def check_text(call: Call) -> dict[str, Any]:
    """POST /wxa/msg_sec_check: version 2, or the frozen version 1 when the version is not said."""
    content = call.body.get("content")
    if not content or not isinstance(content, str):
        raise PlatformError(44002)
    found = _words_in(call, content)
    if call.body.get("version") not in (2, "2"):
        if any(word.suggest == "risky" for word in found):
            raise PlatformError(87014)
        return {"errcode": 0, "errmsg": "ok"}
    if len(content) > LONGEST_CONTENT:
        raise PlatformError(47001)
    _check_scene_and_author(call)
    said = " ".join(str(call.body.get(name) or "") for name in ("title", "nickname", "signature"))
    return _verdict(found + _words_in(call, said), rid(call.now))


def _words_in(call: Call, content: str) -> list[Word]:
    return [word for word in call.platform.world.settings.words if word.word in content]


def _check_scene_and_author(call: Call) -> User:
    """Raises PlatformError 40129, 40003, 43104 or 61010 (author not seen for two hours)."""
    if call.body.get("scene") not in (1, 2, 3, 4):
        raise PlatformError(40129)
    openid = str(call.body.get("openid") or "")
    world = call.platform.world
    user = world.user_of_openid(openid)
    if user is None:
        raise PlatformError(40003)
    if world.user_of_openid(openid, call.app.appid) is None:
        raise PlatformError(43104)
    seen = call.platform.state.visits.get(openid)
    if seen is None or call.now - seen > VISIT_LIFE_S:
        raise PlatformError(61010)
    return user


def _verdict(found: list[Word], trace_id: str) -> dict[str, Any]:
    worst = min(found, key=lambda word: word.suggest != "risky", default=None)
    suggest, label = (worst.suggest, worst.label) if worst else ("pass", NORMAL)
    detail: list[dict[str, Any]] = [
        {"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90}
    ]
    for word in found:
        entry = {"suggest": word.suggest, "label": word.label, "level": 90, "keyword": word.word}
        detail.append({"strategy": "keyword", "errcode": 0} | entry)
    result = {"suggest": suggest, "label": label}
    return {"errcode": 0, "errmsg": "ok", "result": result, "detail": detail, "trace_id": trace_id}


def check_media(call: Call) -> dict[str, Any]:
    """POST /wxa/media_check_async: the result comes as the event wxa_media_check."""
    url = call.body.get("media_url")
    if call.body.get("media_type") not in (1, 2):
        raise PlatformError(40004)
    if not isinstance(url, str) or not url:
        raise PlatformError(44002)
    fetched = _can_be_fetched(url)
    with call.platform.lock:
        return _take_media(call, url, fetched)


def _can_be_fetched(url: str) -> bool:
    """Really tried on this machine; of the rest of the world it is believed, unless it says `unreachable`."""
    parts = urlsplit(url)
    if parts.hostname not in LOOPBACK:
        return "unreachable" not in url
    path = quote(f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}", safe="/?&=%")
    return request("GET", url, path, FETCH_TIMEOUT_S)[0] == "200"


def _take_media(call: Call, url: str, fetched: bool) -> dict[str, Any]:
    user = _check_scene_and_author(call) if call.body.get("version") in (2, "2") else None
    settings = call.platform.world.settings
    per_url = Limit(settings.media_checks_per_url_per_minute, "minute", 87020)
    count(call.platform.state.counters, per_url, f"media_check {url}", call.now)
    trace_id = rid(call.now)
    verdict = _verdict(_words_in(call, url), trace_id)
    if not fetched:
        verdict["errcode"] = DOWNLOAD_FAILED
    _announce(call, call.app, user, verdict)
    return {"errcode": 0, "errmsg": "ok", "trace_id": trace_id}


def _announce(call: Call, app: App, user: User | None, verdict: dict[str, Any]) -> None:
    """Queue the event."""
    openid = call.platform.openid(app.appid, user) if user else ""
    due = call.now + call.platform.world.settings.media_check_delay_s
    event = media_checked(app, openid, verdict["trace_id"], verdict, due)
    call.platform.deliverer.send_later(app, user.name if user else "", event, due=due)


ENDPOINTS = [
    Endpoint(
        "POST",
        "/wxa/msg_sec_check",
        check_text,
        limits=(Limit(4_000, "minute", 44991), Limit(2_000_000, "day", 45009)),
    ),
    Endpoint(
        "POST",
        "/wxa/media_check_async",
        check_media,
        locked=False,
        limits=(Limit(2_000, "minute", 44991), Limit(200_000, "day", 45009)),
    ),
]
