"""Why a check-in is refused: each a stable code and a sentence that says what to do."""

from backend.branch_life.activities.rules import CHECK_IN_OPENS
from backend.core.errors import AppError, TooMany

_MINUTES_AHEAD = int(CHECK_IN_OPENS.value.total_seconds()) // 60

_REFUSALS: dict[str, tuple[int, str]] = {
    "not_invited": (403, "您不在本次活动的应到名单中，请联系组织者"),
    "cancelled": (409, "活动已取消，不能签到"),
    "already_checked_in": (409, "已经签到，无需重复"),
    "too_early": (409, f"还没到签到时间，活动开始前 {_MINUTES_AHEAD} 分钟起可以签到"),
    "closed": (409, "签到已经结束，如确已参加，请联系组织者补签"),
    "bad_code": (422, "签到码无效，请对准现场屏幕重新扫码"),
    "expired_code": (422, "签到码已过期，请扫现场屏幕上的新码"),
    "other_activity": (422, "这是另一个活动的签到码"),
    "other_place": (422, "这次活动不在这里，请扫活动现场的码"),
    "no_place_code": (409, "本次活动不能用场所码签到，请扫现场屏幕上的码"),
    "nothing_here": (404, "现在这里没有您可以参加的活动，请核对时间，或请组织者点名"),
    "no_location": (409, "本次活动不能凭位置签到，请扫现场屏幕上的码"),
}


def bad_digits() -> AppError:
    """`bad_code` for whoever typed: there is nothing to be scanned again."""
    status, _ = _REFUSALS["bad_code"]
    return AppError("bad_code", "数字不对，请照现场屏幕上现在显示的六位数字再输一次", status=status)


def refusal(code: str) -> AppError:
    """The error for one of the refusal codes of `contract.md` §3."""
    status, message = _REFUSALS[code]
    return AppError(code, message, status=status)


def too_many_wrong_codes(retry_after_s: int) -> TooMany:
    """Too many codes that were never shown, from one account."""
    sentence = "签到码输错次数太多，请稍后再试，或请组织者点名"
    return TooMany("too_many_codes", sentence, retry_after=retry_after_s)
