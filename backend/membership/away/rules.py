"""Figures of the care for members away, each with its source, and the clauses that are printed, never applied."""

from typing import Final

from backend.tally.rules import Rule

_REGULATION = "《中国共产党党员教育管理工作条例》"

CONTACT_EVERY = Rule(3, "个月", f"{_REGULATION}第三十三条要求保持经常联系；期限为本系统建议，可由上级党组织调整")
CONTACT_EVERY_ABROAD = Rule(6, "个月", f"{_REGULATION}第三十四条：出国（境）的至少每半年联系一次")
REMIND_AGAIN = Rule(1, "个月", "本系统建议：到期未联系的，每月再提醒一次")
WATCH_AT: Rule[tuple[int, ...]] = Rule(
    (1, 3, 5), "个月无踪迹", f"本系统建议：早于{_REGULATION}第二十四条所说的六个月，提醒人去联系"
)
WATCH_AT_ABROAD: Rule[tuple[int, ...]] = Rule(
    (5,), "个月无踪迹", f"本系统建议：早于{_REGULATION}第三十四条所说的半年，提醒人去联系"
)
WATCH_AGAIN = Rule(1, "个月", "本系统建议：提醒之后，每月再看一次有无踪迹")
TRANSFER_AFTER = Rule(6, "个月", f"{_REGULATION}第二十五条：外出六个月以上且地点固定的，一般应转接组织关系")

# what the regulation says of silence: for a person to read. Nothing here is done by the system.
LOST_CONTACT_CLAUSE: Final = (
    f"{_REGULATION}第二十四条（大意）：与党组织失去联系6个月以上、通过各种方式查找仍然没有取得联系的，停止党籍；"
    "2年后确实无法取得联系的，按自行脱党予以除名。第三十一条：没有正当理由，连续6个月不参加组织生活、不交纳党费、"
    "不做党组织分配的工作的，按自行脱党处理。本系统只提醒人去联系，不改变任何党员的身份；是否适用，由党组织按程序决定。"
)


def contact_every(*, abroad: bool) -> Rule[int]:
    """How many months may pass between two contacts with home."""
    return CONTACT_EVERY_ABROAD if abroad else CONTACT_EVERY


def watch_at(*, abroad: bool) -> Rule[tuple[int, ...]]:
    """After how many months without a trace somebody is asked to look."""
    return WATCH_AT_ABROAD if abroad else WATCH_AT
