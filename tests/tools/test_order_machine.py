"""The picture of the order machine is the table's."""

from backend.service.orders.workflow import RULES, State, Target
from tools.draw_order_machine import PAGE, diagram, main, page, targets


def test_the_page_in_the_docs_is_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "python -m tools.draw_order_machine"
    assert main(["--check"]) == 0


def test_every_state_and_every_row_is_there() -> None:
    drawn = page()
    assert all(f"as {state}" in drawn for state in State)
    assert all(f"`{rule.action}`" in drawn for rule in RULES)


def test_every_step_that_leads_somewhere_is_an_arrow_and_the_others_are_none() -> None:
    drawn = diagram()
    for rule in RULES:
        steps = f"{rule.label} {rule.action}"
        assert (steps in drawn) is (rule.target is not Target.STAY), rule.action
    assert targets(next(rule for rule in RULES if rule.target is Target.BEFORE)) == (State.SUBMITTED, State.ACCEPTED)
