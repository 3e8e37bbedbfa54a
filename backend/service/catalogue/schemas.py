"""What the catalogue gives over HTTP."""

from pydantic import Field

from backend.core.http import Shape
from backend.service.catalogue.kinds import Question, Takers


class ServiceTypeShape(Shape):
    """A kind of service that may be ordered."""

    code: str
    name: str
    hint: str
    needs_evidence: bool
    takers: Takers
    takers_label: str
    questions: list[Question] = Field(description="what the form asks beside title, words and place: `answers`")
    on_board: bool = Field(description="whether it goes to the public board of wishes")
    picture_hint: str = Field(description="to be shown beside the photos of every form")
    emergency: str = Field(description="to be shown above the form of every kind: whom to call where life is in danger")
