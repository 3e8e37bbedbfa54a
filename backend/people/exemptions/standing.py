"""Who is exempt on a day: asked by every figure that has a denominator."""

from collections.abc import Iterable
from datetime import date

import peewee as pw

from backend.core.database import rows_of
from backend.people.exemptions.models import ExemptionState, MemberExemption

RULE = "《中国共产党党员教育管理工作条例》第二十三条：年老体弱、长期患病、失能的党员，活动和学习不作硬性要求"
_AT_ONCE = 1_000


def exempting(day: date) -> pw.Expression:
    """A condition: the exemption holds on a local day; one that was ended early held until then."""
    granted: pw.Expression = MemberExemption.state.in_((ExemptionState.APPROVED, ExemptionState.ENDED))
    return granted & (MemberExemption.since_on <= day) & (MemberExemption.until_on >= day)


def exempt_among(member_ids: Iterable[int], day: date) -> set[int]:
    """Those of these members who are exempt on a local day."""
    wanted = sorted(member_ids)
    found = set[int]()
    for start in range(0, len(wanted), _AT_ONCE):
        rows = MemberExemption.select(MemberExemption.member).where(
            MemberExemption.member.in_(wanted[start : start + _AT_ONCE]), exempting(day)
        )
        found |= {int(number) for (number,) in rows_of(rows)}
    return found


def is_exempt(member_id: int, day: date) -> bool:
    """Whether a member is exempt on a local day."""
    return bool(exempt_among([member_id], day))
