"""The order machine as a picture: `python -m tools.draw_order_machine` writes docs/order-machine.md from the table.

With `--check` nothing is written; 1 if the page is not what the table says.
"""

import sys
from pathlib import Path

from backend.service.orders.workflow import ACTOR_LABELS, FIRST_STATE, RULES, STATE_LABELS, Rule, State, Target

PAGE = Path(__file__).resolve().parents[1] / "docs" / "order-machine.md"
HEAD = """# The order machine

Drawn from `backend/service/orders/workflow.py` by `python -m tools.draw_order_machine`; a test compares the two.
Steps that leave the state as it is stand in the table only.

"""


def page() -> str:
    """The page: the diagram, then every row of the table."""
    return f"{HEAD}```mermaid\n{diagram()}\n```\n\n{table()}\n"


def diagram() -> str:
    """A mermaid state diagram of every step that leads somewhere."""
    lines = ["stateDiagram-v2", f"    [*] --> {FIRST_STATE} : 点单 submit"]
    lines += [f'    state "{label}" as {state}' for state, label in STATE_LABELS.items()]
    arrows: dict[tuple[State, State], list[str]] = {}
    for rule in RULES:
        for source in rule.sources:
            for target in targets(rule):
                if target is not source:
                    arrows.setdefault((source, target), []).append(f"{rule.label} {rule.action}")
    lines += [f"    {source} --> {target} : {'、'.join(steps)}" for (source, target), steps in arrows.items()]
    return "\n".join(lines)


def targets(rule: Rule) -> tuple[State, ...]:
    """Where a step may lead; what was supplied leads back to either state that facts are asked in."""
    if rule.target is Target.STAY:
        return ()
    if rule.target is Target.CHOSEN:
        return rule.choices
    if rule.target is Target.BEFORE:
        return tuple(source for asking in RULES if asking.target is State.NEEDS_INFO for source in asking.sources)
    return (State(rule.target),)


def table() -> str:
    """Every row: action, from, to, who."""
    rows = ["| action | from | to | who |", "|---|---|---|---|"]
    for rule in RULES:
        to = "、".join(STATE_LABELS[state] for state in targets(rule)) or "（不变）"
        origin = "、".join(STATE_LABELS[state] for state in rule.sources)
        who = "、".join(label for actor, label in ACTOR_LABELS.items() if actor in rule.actors)
        rows.append(f"| {rule.label} `{rule.action}` | {origin} | {to} | {who} |")
    return "\n".join(rows)


def main(arguments: list[str]) -> int:
    """Write the page, or say whether it is as the table has it."""
    if arguments == ["--check"]:
        return int(PAGE.read_text(encoding="utf-8") != page())
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
