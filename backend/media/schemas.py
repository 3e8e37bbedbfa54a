"""What the media calls take and give."""

from pydantic import BaseModel, ConfigDict, Field

from backend.core.http import Shape


class MediaView(Shape):
    """An uploaded file; its content is read by the links of what it is attached to."""

    id: str
    kind: str = Field(description="audio or picture")
    content_type: str
    size: int = Field(description="bytes")
    duration_s: int | None = Field(description="seconds of sound")
    width: int | None
    height: int | None


class MediaLinkQuery(BaseModel):
    """The two parts of a signed link."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    expires: int = Field(ge=0, le=2**40)
    signature: str = Field(max_length=64)
