"""What places take and give over HTTP."""

from typing import Self

from pydantic import Field, model_validator

from backend.core.http import Body, Instant, Shape
from backend.core.pages import PageQuery
from backend.core.wording import Line
from backend.people.places.models import Datum, PlaceKind
from backend.people.schemas import OrganizationBrief


class OpenPlace(Body):
    """A new place; coordinates come in pairs and are those of the place."""

    kind: PlaceKind = PlaceKind.SERVICE_CENTRE
    name: Line = Field(min_length=2, max_length=60)
    address: Line = Field(min_length=2, max_length=120)
    lat: float | None = Field(None, ge=-90, le=90)
    lng: float | None = Field(None, ge=-180, le=180)
    datum: Datum = Datum.GCJ02

    @model_validator(mode="after")
    def _pair(self) -> Self:
        if (self.lat is None) != (self.lng is None):
            raise ValueError("经度和纬度要么都填，要么都不填")
        return self


class PlaceQuery(PageQuery):
    """Which places of an organisation to list."""

    closed: bool = Field(False, description="whether closed ones are listed, too")


class PlaceShape(Shape):
    """A place; only those who keep it are given its code and scene, everybody else finds them on its wall."""

    id: str
    kind: PlaceKind
    kind_label: str
    name: str
    address: str
    lat: float | None
    lng: float | None
    datum: Datum | None
    organization: OrganizationBrief
    code: str | None
    scene: str | None = Field(description="what a mini program code carries")
    code_since: Instant | None
    closed_at: Instant | None
