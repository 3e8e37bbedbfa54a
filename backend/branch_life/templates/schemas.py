"""What the library of model activities takes and gives over HTTP."""

from typing import Annotated

from pydantic import Field, StringConstraints

from backend.branch_life.kinds import ActivityKind
from backend.branch_life.templates.models import TemplateForm
from backend.core.http import Body, Shape
from backend.core.pages import PageQuery
from backend.core.wording import Line, Prose
from backend.people.schemas import OrganizationBrief

TemplateId = Annotated[str, StringConstraints(pattern=r"^[a-z2-7]{16}$")]


class WriteTemplate(Body):
    """A model activity for one's own organisation and all below it."""

    organization: Line = Field(min_length=1, max_length=40)
    kind: ActivityKind
    form: TemplateForm
    title: Line = Field(min_length=1, max_length=60)
    agenda: Prose = Field(min_length=1, max_length=2000)
    minutes: int = Field(ge=10, le=1440)


class TemplateQuery(PageQuery):
    """Which models to list."""

    kind: ActivityKind | None = None


class TemplateShape(Shape):
    """A model activity; to copy it is to plan an activity with its title, agenda and id."""

    id: str
    organization: OrganizationBrief
    kind: ActivityKind
    kind_label: str
    form: TemplateForm
    form_label: str
    title: str
    agenda: str
    minutes: int
    withdrawn: bool
