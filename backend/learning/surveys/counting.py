"""Counters: written when a survey is opened, moved by one statement when somebody answers."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from backend.core.database import insert_rows, require_transaction, rows_of
from backend.learning.surveys.cells import CELLS
from backend.learning.surveys.models import SurveyCount
from backend.learning.surveys.questions import Answers, Question

SHEETS = 0  # the slot that counts who answered at all
_STEP = 100
_AT_ONCE = 1_000


def slot_of(question: int, choice: int = 0) -> int:
    """Where a choice of a question is counted, both from 1; choice 0: that the question was answered."""
    return question * _STEP + choice


def slots_of(answers: Answers) -> set[int]:
    """All slots that a sheet of answers is counted in."""
    chosen = {slot_of(number, choice) for number, one in answers.items() for choice in one.choices}
    return {SHEETS, *(slot_of(number) for number in answers), *chosen}


def lay_out_counters(survey_id: int, questions: Sequence[Question]) -> None:
    """Zeros for every choice in every cell, so that answering only adds."""
    slots = [slot_of(number, choice) for number, one in enumerate(questions, 1) for choice in range(one.choices + 1)]
    rows = [(survey_id, cell, slot, 0) for cell in CELLS for slot in (SHEETS, *slots)]
    for start in range(0, len(rows), _AT_ONCE):
        insert_rows(SurveyCount, ("survey", "cell", "slot", "amount"), rows[start : start + _AT_ONCE])


def count(survey_id: int, cells: Collection[str], slots: Iterable[int], by: int) -> None:
    """Add to all these slots in all these cells, or take away, in the caller's unit of work."""
    require_transaction("count")
    SurveyCount.update(amount=SurveyCount.amount + by).where(
        SurveyCount.survey == survey_id, SurveyCount.cell.in_(sorted(cells)), SurveyCount.slot.in_(sorted(slots))
    ).execute()


def read_counters(survey_id: int) -> dict[str, dict[int, int]]:
    """By cell, how many are counted in each slot."""
    rows = SurveyCount.select(SurveyCount.cell, SurveyCount.slot, SurveyCount.amount).where(
        SurveyCount.survey == survey_id
    )
    found = defaultdict[str, dict[int, int]](dict)
    for cell, slot, amount in rows_of(rows):
        found[cell][slot] = amount
    return dict(found)
