"""What a request is made of when it comes in, whoever hands it in and however."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from backend.core.http import Body
from backend.core.wording import HalfWidth, Line, Prose
from backend.service.orders.schemas import Code, Datum, ProxyConsent

Phone = Annotated[Line, Field(pattern=r"^(\+?86)?(1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8})$"), HalfWidth]
PersonName = Annotated[Line, Field(min_length=1, max_length=40)]


MOST_PHOTOS = 9  # what WeChat lets choose at a time


class OrderPlace(Body):
    """Where help is needed; coordinates are optional and come in pairs."""

    text: Line = Field(min_length=1, max_length=120)
    lat: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    lng: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)
    datum: Datum = Datum.GCJ02

    @model_validator(mode="after")
    def _in_pairs(self) -> Self:
        if (self.lat is None) != (self.lng is None):
            raise ValueError("经度和纬度须一起填写")
        return self


class OrderContact(Body):
    """Whom to call about the order; without it the account's own number counts."""

    name: PersonName
    phone: Phone


class OnBehalfOf(Body):
    """For whom the caller asks: a parent, a neighbour, somebody of the grid."""

    name: PersonName
    phone: Phone
    relation: Line = Field(min_length=1, max_length=20)
    consent: ProxyConsent | None = Field(None, description="how that person has agreed; the branch calls back anyway")


class SubmitOrder(Body):
    """点单: a resident's request."""

    service_type: Code
    title: Line = Field(min_length=2, max_length=60)
    description: Prose = Field("", max_length=2_000, description="may be empty where a voice note says it")
    place: OrderPlace
    organization: Code | None = Field(None, description="code; else the community of the account")
    contact: OrderContact | None = None
    on_behalf_of: OnBehalfOf | None = None
    answers: dict[Code, Annotated[Prose, Field(max_length=200)] | bool | int] = Field(
        {}, max_length=20, description="to the questions of the kind"
    )
    scene: Code | None = Field(None, description="what the code of a building or place says: scanned or typed")
    household: Code | None = Field(None, description="id of a door, when its grid worker asks for who lives there")
    attachments: list[Code] = Field([], description="ids of pictures", json_schema_extra={"maxItems": MOST_PHOTOS})
    voice: Code | None = Field(None, description="id of a recording, where somebody would rather speak than type")
    consent: bool = Field(False, description="agrees that handlers get the phone, when `no_consent` was the answer")
    photo_consent: bool = Field(False, description="agrees to the use of the photos, when `no_consent` named `photo`")
