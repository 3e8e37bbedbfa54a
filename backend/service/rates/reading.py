"""Rates of an organisation and all below it: one statement over the tally, whatever the tree."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from backend.people.access import find_organization, require
from backend.people.directory import brief
from backend.people.permissions import Caller, Right
from backend.service.rates.rules import RATES, Rate, Unit
from backend.service.rates.schemas import BesideShape, RateShape, RatesShape, SpanQuery
from backend.tally import counting

NOTHING_TO_DIVIDE = "这段时间没有可计算的工单"


def read_rates(caller: Caller, code: str, query: SpanQuery, *, today: date, now: datetime) -> RatesShape:
    """Every rate of §4.6 for those who see the numbers there; a share of nothing is refused, not shown as 0."""
    organization = find_organization(code)
    require(caller, Right.SEE_NUMBERS, organization)
    first, last = query.days(today)
    found = counting.totals(_measures(), organization.path, first=first, last=last)
    rates = [_shape(rate, found) for rate in RATES]
    return RatesShape(organization=brief(organization), first=first, last=last, as_of=now, rates=rates)


def _measures() -> list[str]:
    told = {name for rate in RATES for _, name in rate.beside}
    return sorted(told | {name for rate in RATES for name in (*rate.above, *rate.below, *rate.less)})


class Measured(NamedTuple):
    """What stands above and below the line, and what that makes; no value where there is nothing to divide by."""

    above: int
    below: int | None
    value: float | None


def measured(rate: Rate, found: Mapping[str, int]) -> Measured:
    """A rate from the counts of its measures."""
    above = sum(found[name] for name in rate.above) - sum(found[name] for name in rate.less)
    if not rate.below:
        return Measured(above, None, above)
    below = sum(found[name] for name in rate.below)
    if below <= 0:
        return Measured(above, below, None)
    return Measured(above, below, round(above / below, 1 if rate.unit is Unit.MINUTES else 4))


def _shape(rate: Rate, found: Mapping[str, int]) -> RateShape:
    above, below, value = measured(rate, found)
    return RateShape(
        code=rate.code,
        label=rate.label,
        unit=rate.unit,
        rule=rate.rule,
        numerator=above,
        denominator=below,
        value=value,
        refused=NOTHING_TO_DIVIDE if value is None else None,
        beside=[BesideShape(label=label, count=found[name]) for label, name in rate.beside],
        exclusions=list(rate.exclusions),
    )
