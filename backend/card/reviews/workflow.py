"""The steps of a review as one pure table: state × event → state. Whatever is not written here is refused."""

from collections.abc import Mapping
from enum import StrEnum


class ReviewState(StrEnum):
    """Where a review stands: a statement begins as a draft, a stretch with a host as confirmed."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    CONFIRMED = "confirmed"
    APPRAISED = "appraised"
    ACKNOWLEDGED = "acknowledged"


class ReviewEvent(StrEnum):
    """What can be done: the member saves, submits, takes back and acknowledges, the host confirms, home appraises."""

    SAVE = "save"
    SUBMIT = "submit"
    TAKE_BACK = "take_back"
    CONFIRM = "confirm"
    APPRAISE = "appraise"
    ACKNOWLEDGE = "acknowledge"


STEPS: Mapping[tuple[ReviewState | None, ReviewEvent], ReviewState] = {
    (None, ReviewEvent.SAVE): ReviewState.DRAFT,
    (ReviewState.DRAFT, ReviewEvent.SAVE): ReviewState.DRAFT,
    (ReviewState.DRAFT, ReviewEvent.SUBMIT): ReviewState.SUBMITTED,
    (ReviewState.SUBMITTED, ReviewEvent.TAKE_BACK): ReviewState.DRAFT,
    (ReviewState.SUBMITTED, ReviewEvent.APPRAISE): ReviewState.APPRAISED,
    (None, ReviewEvent.CONFIRM): ReviewState.CONFIRMED,
    (None, ReviewEvent.APPRAISE): ReviewState.APPRAISED,  # a stay away, on the member's return
    (ReviewState.CONFIRMED, ReviewEvent.APPRAISE): ReviewState.APPRAISED,
    (ReviewState.APPRAISED, ReviewEvent.ACKNOWLEDGE): ReviewState.ACKNOWLEDGED,
}


def next_state(state: ReviewState | None, event: ReviewEvent) -> ReviewState | None:
    """The state after an event; None when it may not happen."""
    return STEPS.get((state, event))
