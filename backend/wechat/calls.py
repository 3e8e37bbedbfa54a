"""The one way to call the platform: timed, counted, and whatever goes wrong comes out as a PlatformFault."""

import time
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import requests
import structlog
from prometheus_client import Counter, Histogram
from urllib3.exceptions import NewConnectionError
from wechatpy.exceptions import WeChatClientException

from backend.core.logs import masked
from backend.wechat.faults import PlatformFault

CALLS = Counter("zhibu_wechat_calls", "calls of WeChat and WeCom by name and outcome", ["call", "outcome"])
REPEATS = Counter("zhibu_wechat_repeats", "calls made once more because the platform had refused the token")
SECONDS = Histogram(
    "zhibu_wechat_call_seconds",
    "how long calls of WeChat and WeCom took",
    ["call"],
    buckets=(0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

log = structlog.get_logger()

T = TypeVar("T")
Answer = Mapping[str, Any]


def ask(what: str, call: Callable[[], T], fault: type[PlatformFault] = PlatformFault) -> T:
    """Make one call, which reads its answer too; raises `fault` (or what a token call raised) and nothing else."""
    started = time.perf_counter()
    outcome = _outcome_of(what, call, fault)
    if isinstance(outcome, PlatformFault):
        note(what, outcome, time.perf_counter() - started)
        raise outcome  # out here no chain of exceptions leads back to a URL with a secret
    note(what, None, time.perf_counter() - started)
    return outcome


def _outcome_of(what: str, call: Callable[[], T], fault: type[PlatformFault]) -> T | PlatformFault:
    try:
        return call()
    except PlatformFault as inner:  # of the token that this call needed
        return inner
    except WeChatClientException as error:
        return fault(error.errcode, what, masked(str(error.errmsg or "")))
    except requests.RequestException as error:
        return fault(None, what, ambiguous=not _never_left(error))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        # half an answer, a page of some proxy, a field that is missing
        log.warning("answer not understood", call=what, kind=type(error).__name__)
        return fault(None, what)


def _never_left(error: requests.RequestException) -> bool:
    """Whether no connection was made, so that the platform cannot have seen the request."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)


def note(what: str, fault: PlatformFault | None, seconds: float) -> None:
    """Count a call; codes that we do not know are counted as one."""
    CALLS.labels(call=what, outcome=_word(fault)).inc()
    SECONDS.labels(call=what).observe(seconds)


def _word(fault: PlatformFault | None) -> str:
    if fault is None:
        return "ok"
    if fault.errcode is None:
        return "no_answer"
    return str(fault.errcode) if fault.errcode in fault.rulings else "other"


def refuse(answer: Answer, what: str, fault: type[PlatformFault] = PlatformFault) -> Answer:
    """The answer, unless it is an error; for calls that wechatpy does not know."""
    errcode = int(answer.get("errcode") or 0)
    if errcode:
        raise fault(errcode, what, masked(str(answer.get("errmsg") or "")))
    return answer
