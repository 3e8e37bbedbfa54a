"""Tables of the content packs: categories, packs, items of all layers, receipts and use."""

from enum import StrEnum

import peewee as pw

from backend.branch_life.activities.models import Activity
from backend.core.database import Record, UtcDateTimeField
from backend.media.models import Media
from backend.people.models import Account, Organization


class ItemKind(StrEnum):
    """What an item is; films, e-books and videos are linked to, never copied."""

    ARTICLE = "article"
    AUDIO = "audio"
    VIDEO_LINK = "video_link"
    E_BOOK = "e_book"
    FILM = "film"
    POLICY = "policy"


class PackCategory(Record):
    """One of the seven categories of the periodic push; the source names four, the province sets the others."""

    id = pw.BigAutoField()
    code = pw.CharField(24, unique=True)
    label = pw.CharField(20)
    position = pw.SmallIntegerField()
    source = pw.CharField(80)


class ContentPack(Record):
    """The pack of one month, opened by one organisation for all below it; layers below add their own items."""

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    month = pw.FixedCharField(7)
    title = pw.CharField(60)
    opener = pw.ForeignKeyField(Account, on_delete="RESTRICT")
    created_at = UtcDateTimeField()

    class Meta:
        indexes = ((("organization", "month"), True),)


class PackItem(Record):
    """One thing to study, added by one layer and meant for all below that layer.

    `published_at` is set when a reviewer of the layer publishes its items; until then only editors see it.
    `position` orders the items of one layer within a category.
    """

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    pack = pw.ForeignKeyField(ContentPack, on_delete="CASCADE", index=False)
    pack_id: int
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT")
    organization_id: int
    category = pw.ForeignKeyField(PackCategory, on_delete="RESTRICT")
    kind = pw.CharField(12)
    title = pw.CharField(60)
    source = pw.CharField(80)
    text = pw.TextField(null=True)
    url = pw.CharField(300, null=True)
    position = pw.SmallIntegerField(default=0)
    media = pw.ForeignKeyField(Media, null=True, on_delete="RESTRICT")
    media_id: int | None
    author = pw.ForeignKeyField(Account, on_delete="RESTRICT")
    author_id: int
    created_at = UtcDateTimeField()
    published_at = UtcDateTimeField(null=True)
    withdrawn_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("pack", "organization"), False),)


class PackReceipt(Record):
    """A branch has taken notice of a pack."""

    id = pw.BigAutoField()
    pack = pw.ForeignKeyField(ContentPack, on_delete="CASCADE", index=False)
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT")
    organization_id: int
    account = pw.ForeignKeyField(Account, on_delete="RESTRICT")
    at = UtcDateTimeField()

    class Meta:
        indexes = ((("pack", "organization"), True),)


class PackUse(Record):
    """A branch has studied an item on a day, by itself or in one of its meetings."""

    id = pw.BigAutoField()
    item = pw.ForeignKeyField(PackItem, on_delete="CASCADE", index=False)
    item_id: int
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT")
    organization_id: int
    used_on = pw.DateField()
    activity = pw.ForeignKeyField(Activity, null=True, on_delete="SET NULL")
    activity_id: int | None
    account = pw.ForeignKeyField(Account, on_delete="RESTRICT")
    at = UtcDateTimeField()

    class Meta:
        indexes = ((("item", "organization", "used_on"), True),)


class PackMaterial(Record):
    """An item that a meeting was given to study; it counts as used once the meeting has taken place."""

    id = pw.BigAutoField()
    activity = pw.ForeignKeyField(Activity, on_delete="CASCADE", index=False)
    activity_id: int
    item = pw.ForeignKeyField(PackItem, on_delete="CASCADE")
    item_id: int
    position = pw.SmallIntegerField()

    class Meta:
        indexes = ((("activity", "item"), True),)


TABLES = (PackCategory, ContentPack, PackItem, PackReceipt, PackUse, PackMaterial)
