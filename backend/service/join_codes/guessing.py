"""Join codes: found however they are typed, and counted per account where they open nothing."""

import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from backend.core.database import in_unit_of_work, insert_row
from backend.core.errors import NotFound, TooMany
from backend.service.join_codes.models import WrongJoinCode
from backend.tally.rules import Rule

_OWN = "本系统设定：防止试探口令"
WRONG_CODES = Rule(5, "次", _OWN)
WRONG_CODES_WITHIN = Rule(timedelta(hours=1), "时段", _OWN)
WRONG_CODES_KEPT = Rule(timedelta(days=30), "保存", _OWN)

T = TypeVar("T")


def find_by_code(account_id: int, typed: str, find: Callable[[str], T | None], *, now: datetime) -> T:
    """What `find` knows under this code; 429 after five wrong ones in an hour, 404 for one that opens nothing.

    To be asked outside a unit of work: the attempt stays even though the request fails.
    """
    refuse_guessing(account_id, now=now)
    found = find(plain_code(typed))
    if found is None:
        in_unit_of_work(lambda: insert_row(WrongJoinCode, account=account_id, at=now))
        raise NotFound("join_code_unknown", "没有找到这个口令：可能输错或已更换，请向网格员或队长确认")
    return found


def plain_code(typed: str) -> str:
    """A typed code as it is stored: full-width and capital letters made ordinary, spaces and dashes cut."""
    kept = unicodedata.normalize("NFKC", typed)
    return "".join(sign for sign in kept if not sign.isspace() and sign != "-").lower()


def refuse_guessing(account_id: int, *, now: datetime) -> None:
    """Raise TooMany when the account has used up its wrong codes for now."""
    since = now - WRONG_CODES_WITHIN.value
    last: datetime | None = (
        WrongJoinCode.select(WrongJoinCode.at)
        .where(WrongJoinCode.account == account_id, WrongJoinCode.at > since)
        .order_by(WrongJoinCode.at.desc())
        .offset(WRONG_CODES.value - 1)
        .limit(1)
        .scalar()
    )
    if last is not None:
        wait = last + WRONG_CODES_WITHIN.value - now
        sentence = "口令输错次数太多，请稍后再试，或请网格员当面帮您加入"
        raise TooMany("too_many_codes", sentence, retry_after=int(wait.total_seconds()) + 1)
