"""What each rate divides by what, in words that stand beside the figure (`domain.md` §4.6)."""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a value is: a share between 0 and 1, minutes, or a plain count."""

    SHARE = "share"
    MINUTES = "minutes"
    COUNT = "count"


@dataclass(frozen=True)
class Rate:
    """The measures above and below the line, those told beside it, and what is left out. No `below`: a count."""

    code: str
    label: str
    unit: Unit
    rule: str
    above: tuple[str, ...]
    below: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()
    exclusions: tuple[str, ...] = ()


DUE = ("order_response_due", "order_resolve_due")
IN_TIME = ("order_responded_in_time", "order_resolved_in_time")

RATES = (
    Rate(
        "responded",
        "响应率",
        Unit.SHARE,
        "按时首次联系的次数 ÷ 应当联系的次数；到期未联系的当时计入分母",
        ("order_responded_in_time",),
        ("order_response_due",),
        exclusions=("联系期限未到、还没有联系的工单",),
    ),
    Rate(
        "completed_in_time",
        "按时办结率",
        Unit.SHARE,
        "在办理期限内办结的件数 ÷ 应当办结的件数；到期未办结的当时计入分母，按时办结的在结案时计入",
        ("order_resolved_in_time",),
        ("order_resolve_due",),
        exclusions=("挂起和等待补充的时间", "转办、并单、撤单和不予受理的工单"),
    ),
    Rate(
        "solved",
        "解决率",
        Unit.SHARE,
        "群众或回访确认已解决的次数 ÷ 询问过的次数；未评价、部分解决和解释说明的计入分母，不算已解决；"
        "结案后又要求重办的，收回那一次已解决",
        ("order_said_solved",),
        ("order_asked",),
        beside=(("部分解决", "order_partly"), ("解释说明", "order_explained"), ("未评价", "order_unrated")),
        exclusions=("转办、并单、撤单和不予受理的工单",),
    ),
    Rate(
        "satisfied",
        "满意率",
        Unit.SHARE,
        "满意和基本满意的次数 ÷ 作出回答的次数",
        ("order_satisfied",),
        ("order_answered",),
        beside=(("未评价", "order_unrated"), ("询问", "order_asked")),
        exclusions=("没有回答的不算满意，也不计入分母；请与回答率一起看",),
    ),
    Rate(
        "answered",
        "回答率",
        Unit.SHARE,
        "作出回答的次数 ÷ 询问过的次数",
        ("order_answered",),
        ("order_asked",),
        beside=(("未评价", "order_unrated"),),
    ),
    Rate(
        "redone",
        "重办率",
        Unit.SHARE,
        "群众要求重办和回访后重办的次数 ÷ 办结次数",
        ("order_reopened", "order_redone"),
        ("order_completed",),
        exclusions=("结案前退回重办的另计，见“退回重办数”",),
    ),
    Rate(
        "returned",
        "退单率",
        Unit.SHARE,
        "经同意退单的次数 ÷ 受理件数",
        ("order_returned",),
        ("order_accepted",),
        exclusions=("接单前的婉拒不算退单",),
    ),
    Rate(
        "claim_minutes",
        "平均接单时长",
        Unit.MINUTES,
        "从派单到接单的分钟数之和 ÷ 接单次数，在首次联系时计入",
        ("order_claim_minutes",),
        ("order_claimed",),
        exclusions=("接单后还没有联系的工单",),
    ),
    Rate(
        "overdue",
        "超时率",
        Unit.SHARE,
        "超过期限的联系和办理次数 ÷ 应当联系和办理的次数",
        DUE,
        DUE,
        less=IN_TIME,
        exclusions=("挂起和等待补充的时间",),
    ),
    Rate("supervised", "督办数", Unit.COUNT, "每一次督办计 1，各级督办分别计", ("order_supervised",)),
    Rate(
        "wishes_claimed",
        "微心愿认领率",
        Unit.SHARE,
        "有人认领的微心愿件数 ÷ 受理的微心愿件数；同一件只计一次",
        ("order_wish_claimed",),
        ("order_wish_accepted",),
    ),
)
