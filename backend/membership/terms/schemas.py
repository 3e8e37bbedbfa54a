"""What terms and vacancies look like over HTTP."""

from datetime import date

from pydantic import Field

from backend.core.http import Shape
from backend.core.pages import PageQuery
from backend.membership.posts.schemas import Holder
from backend.people.models import OrganizationKind, Role
from backend.people.schemas import OrganizationBrief


class TermQuery(PageQuery):
    """Which organisations to list."""

    attention: bool = Field(False, description="only those with a term that ends within six months or a vacancy")


class Term(Shape):
    """An elected post in force."""

    id: str
    role: Role
    role_label: str
    holder: Holder
    ends_on: date | None
    ends_soon: bool = Field(description="within six months")


class Vacancy(Shape):
    """A post that should be filled, and the clause that says so."""

    role: Role
    role_label: str
    source: str


class OrganizationTerms(Shape):
    """The terms and vacancies of one organisation."""

    organization: OrganizationBrief
    kind: OrganizationKind
    full_members: int
    term_years: int | None = Field(description="how long a regular term is; null where nobody is elected")
    term_source: str | None
    terms: list[Term]
    vacancies: list[Vacancy]
