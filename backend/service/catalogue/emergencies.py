"""What no branch can help with in time: the sentence beside every form, and the words that call for it again."""

import re

SENTENCE = "危及生命财产安全的，请先拨打110（报警）、119（火警、救援）、120（急救），不要等待接单。"

# words by the number that is called for them: everyday names of what 110, 119 and 120 come out for
WORDS = {
    "110": ("抢劫", "持刀", "打人", "被打", "家暴", "砸门", "入室", "绑架", "失踪", "走失", "轻生", "自杀", "跳楼"),
    "119": ("着火", "起火", "失火", "火灾", "冒烟", "爆炸", "漏气", "煤气泄漏", "燃气泄漏", "溺水", "落水", "被困"),
    "120": ("昏迷", "晕倒", "休克", "心梗", "中风", "抽搐", "大出血", "流血不止", "呼吸困难", "中毒", "触电", "割腕"),
}
_NUMBERS = {word: number for number, words in WORDS.items() for word in words}
_ANY_WORD = re.compile("|".join(map(re.escape, sorted(_NUMBERS, key=len, reverse=True))))


def emergency_in(text: str) -> str | None:
    """Whom to call first, by the first word of danger that a text names; None where it names none."""
    found = _ANY_WORD.search(text)
    if found is None:
        return None
    return f"您写到“{found[0]}”：如有危险，请立即拨打{_NUMBERS[found[0]]}。{SENTENCE}"
