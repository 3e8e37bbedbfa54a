"""The official brackets, each with its source: one rate on the whole base, or a fixed sum."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import NamedTuple

from backend.tally.rules import Rule

_RULES = "《关于中国共产党党费收缴、使用和管理的规定》（中组发〔2008〕3 号）"
CENT = Decimal("0.01")


class Payer(StrEnum):
    """By what somebody's dues are reckoned."""

    SALARIED = "salaried"
    SELF_EMPLOYED = "self_employed"
    RETIRED = "retired"
    FARMER = "farmer"
    WITHOUT_INCOME = "without_income"


class Bracket(NamedTuple):
    """Up to and including `most` yuan a month (None: whatever is more) this rate counts, on the whole base."""

    most: Decimal | None
    rate: Decimal


_WORKING = (
    Bracket(Decimal(3000), Decimal("0.005")),
    Bracket(Decimal(5000), Decimal("0.01")),
    Bracket(Decimal(10000), Decimal("0.015")),
    Bracket(None, Decimal("0.02")),
)
RATES: Mapping[Payer, Rule[tuple[Bracket, ...]]] = {
    Payer.SALARIED: Rule(_WORKING, "每月税后工资收入", f"{_RULES}：按月领取工资的党员"),
    Payer.SELF_EMPLOYED: Rule(_WORKING, "上季度月平均纯收入", f"{_RULES}：不按月取得收入的个体经营者等党员"),
    Payer.RETIRED: Rule(
        (Bracket(Decimal(5000), Decimal("0.005")), Bracket(None, Decimal("0.01"))),
        "每月养老金或退休费",
        f"{_RULES}：离退休党员",
    ),
}
# least and most yuan a month
FIXED: Mapping[Payer, Rule[tuple[Decimal, Decimal]]] = {
    Payer.FARMER: Rule((Decimal("0.20"), Decimal("1.00")), "元/月", f"{_RULES}：农民党员"),
    Payer.WITHOUT_INCOME: Rule(
        (Decimal("0.20"), Decimal("0.20")),
        "元/月",
        f"{_RULES}：学生党员、下岗失业党员、依靠抚恤或救济生活的党员、领取当地最低生活保障金的党员",
    ),
}
REMINDED_FROM = Rule(25, "日起", "本系统建议，可由上级党组织调整")
KEPT_WITHIN = Rule(3, "个月内登记过党费的支部才提醒党员", "本系统建议，可由上级党组织调整")
MONTHS_AHEAD = Rule(12, "个月", "本系统建议，可由上级党组织调整")


class Dues(NamedTuple):
    """What is owed a month, from least to most (the same where nothing is left open), and at which rate."""

    least: Decimal
    most: Decimal
    rate: Decimal | None


def reckon(payer: Payer, base: Decimal) -> Dues:
    """The dues of a month by the brackets; `base` in yuan, which fixed sums do not look at."""
    if payer in FIXED:
        return Dues(*FIXED[payer].value, None)
    rate = next(one.rate for one in RATES[payer].value if one.most is None or base <= one.most)
    amount = (base * rate).quantize(CENT, ROUND_HALF_UP)
    return Dues(amount, amount, rate)
