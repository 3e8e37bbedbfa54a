"""What the pack calls take and give."""

from datetime import date
from typing import Annotated, Self

from pydantic import Field, model_validator

from backend.core.http import Body, Instant, Shape
from backend.core.pages import PageQuery
from backend.core.wording import Line, Prose
from backend.learning.packs.models import ItemKind
from backend.people.schemas import OrganizationBrief

PublicId = Annotated[Line, Field(min_length=1, max_length=20)]
Code = Annotated[Line, Field(min_length=1, max_length=40)]
MONTH = r"^20[0-9]{2}-(0[1-9]|1[0-2])$"

LINKED = {ItemKind.VIDEO_LINK, ItemKind.E_BOOK, ItemKind.FILM}
WRITTEN = {ItemKind.ARTICLE, ItemKind.POLICY}


class OpenPack(Body):
    """The pack of a month, for all below the organisation."""

    organization: Code
    month: Line = Field(pattern=MONTH, description="2026-12")
    title: Line = Field(min_length=1, max_length=60)


class ItemContent(Body):
    """What an item says: a text, an uploaded sound, or an https link, as its kind asks."""

    category: Code
    kind: ItemKind
    title: Line = Field(min_length=1, max_length=60)
    source: Line = Field(min_length=1, max_length=80)
    text: Prose | None = Field(None, min_length=1, max_length=20_000)
    url: Line | None = Field(None, pattern=r"^https://[^\s/]+\.[^\s]+$", max_length=300)
    media: PublicId | None = None

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.kind in LINKED and not self.url:
            raise ValueError("视频、电子书和影片须填写 https 链接")
        if self.kind in WRITTEN and not self.text:
            raise ValueError("文章和政策须填写正文")
        if (self.kind is ItemKind.AUDIO) != (self.media is not None):
            raise ValueError("音频须先上传；其他种类不带音频")
        return self


class AddItem(ItemContent):
    """An item of one layer."""

    organization: Code = Field(description="the layer that adds it")


class PublishLayer(Body):
    """Publish what one layer has added and not yet published."""

    organization: Code


class ReceivePack(Body):
    """A branch takes notice of the pack."""

    organization: Code


class UseItems(Body):
    """What a branch studied on a day, in a meeting of its own if it names one."""

    organization: Code
    items: list[PublicId] = Field(min_length=1, max_length=20)
    used_on: date
    activity: PublicId | None = None


class OrderItems(Body):
    """All items of one layer, in the order in which they are to be read."""

    organization: Code
    items: list[PublicId] = Field(min_length=1, max_length=200)


class ChooseMaterials(Body):
    """What a meeting is to study, in this order; an empty list takes all back."""

    items: list[PublicId] = Field(max_length=20)


class PackQuery(PageQuery):
    """Packs by month."""

    month: Line | None = Field(None, pattern=MONTH)


class PackReportQuery(PageQuery):
    """Whose branches; the organisation itself and all below it."""

    organization: Code


class PackBrief(Shape):
    """A pack in a list."""

    id: str
    organization: OrganizationBrief
    month: str
    title: str
    items: int = Field(description="items that the caller sees")


class PackItemView(Shape):
    """An item and the layer that added it."""

    id: str
    organization: OrganizationBrief
    category: str
    category_label: str
    kind: ItemKind
    title: str
    source: str
    text: str | None
    url: str | None
    audio_url: str | None
    published_at: Instant | None


class PackReceiptView(Shape):
    """Whether a branch whose roll the caller keeps has taken notice of a pack, and since when."""

    organization: OrganizationBrief
    received_at: Instant | None


class PackView(Shape):
    """A pack with the items of all layers, by category, and what the caller's own branches made of it."""

    id: str
    organization: OrganizationBrief
    month: str
    title: str
    items: list[PackItemView]
    receipts: list[PackReceiptView]


class MaterialsView(Shape):
    """What a meeting studies and, for who plans it, what the packs of its month offer beside that."""

    chosen: list[PackItemView]
    offered: list[PackItemView]


class PackReportRow(Shape):
    """What became of a pack in one branch."""

    organization: OrganizationBrief
    received_at: Instant | None
    items_used: int
    meetings: int = Field(description="meetings of the branch, held, in which items were used")
