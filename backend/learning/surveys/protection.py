"""Small cells: what fewer than five people answered is not shown, nor anything from which it could be reckoned."""

from collections.abc import Mapping
from typing import TypeVar

K = TypeVar("K")

LEAST = 5
RULE = (
    f"少于 {LEAST} 人作答的一格不显示；为防止用合计减出来，必要时连同人数最少的另一格一起不显示。"
    "匿名调研截止后才看结果，以免从前后变化看出某一份"
)


def withheld(answered: Mapping[K, int]) -> set[K]:
    """Which cells of one table are not shown, so that total minus shown cells never tells of fewer than five."""
    hidden = {cell for cell, number in answered.items() if 0 < number < LEAST}
    rest = sorted((cell for cell in answered if answered[cell] >= LEAST), key=lambda cell: answered[cell])
    if hidden and rest and sum(answered[cell] for cell in hidden) < LEAST:
        hidden.add(rest[0])
    return hidden
