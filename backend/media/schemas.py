"""What the media calls take and give."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.core.http import Body, Shape
from backend.media.rules import MAX_UPLOAD_BYTES


class MediaView(Shape):
    """An uploaded file; its content is read by the links of what it is attached to."""

    id: str
    kind: str = Field(description="audio, picture or document")
    content_type: str
    size: int = Field(description="bytes")
    duration_s: int | None = Field(description="seconds of sound")
    width: int | None
    height: int | None
    reminder: str | None = Field(description="what whoever uploads a picture should look at; null for sound")


class BeginUpload(Body):
    """A large file that is to be sent in chunks."""

    size: int = Field(ge=1, le=MAX_UPLOAD_BYTES, description="bytes of the whole file")


class ChunkQuery(BaseModel):
    """Where in the file a chunk begins."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    offset: int = Field(ge=0, lt=MAX_UPLOAD_BYTES)


class UploadView(Shape):
    """How much of a file is safe here: go on sending from `offset`."""

    id: str
    size: int
    offset: int
    chunk_bytes: int = Field(description="the longest chunk that is taken")
    media: str | None = Field(description="id of the media once finished")


class MediaLinkQuery(BaseModel):
    """The two parts of a signed link."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    expires: int = Field(ge=0, le=2**40)
    signature: str = Field(max_length=64)
    size: Literal["full", "small"] = Field("full", description="small: the thumbnail of a picture")
