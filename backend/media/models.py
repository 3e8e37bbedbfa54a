"""The register of stored files."""

from enum import StrEnum

import peewee as pw

from backend.core.database import Record, UtcDateTimeField
from backend.people.models import Account, Organization


class MediaKind(StrEnum):
    """What a file is for the person who looks at it."""

    AUDIO = "audio"
    PICTURE = "picture"
    DOCUMENT = "document"


class MediaState(StrEnum):
    """Where the check of a file stands: only what passed is shown to others, and what is withheld to nobody."""

    PENDING = "pending"
    PASSED = "passed"
    REVIEW = "review"
    REFUSED = "refused"
    WITHHELD = "withheld"


class Media(Record):
    """A file in the store. `file_name` is random; the uploader's name for it is never kept. `thumbnail` is the name
    of a small copy of a picture.

    `attached_at` is empty until something uses the file: what nobody attached is purged. With the first use the
    check begins, and `organization` is where it was used: its moderators decide what the platform does not.
    """

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    uploader = pw.ForeignKeyField(Account, null=True, on_delete="SET NULL", index=False)
    uploader_id: int | None
    organization = pw.ForeignKeyField(Organization, null=True, on_delete="RESTRICT", index=False)
    organization_id: int | None
    moderation = pw.CharField(12, default=MediaState.PENDING)
    kind = pw.CharField(12)
    content_type = pw.CharField(100)
    file_name = pw.CharField(40, unique=True)
    thumbnail = pw.CharField(40, null=True, unique=True)
    size = pw.IntegerField()
    sha256 = pw.FixedCharField(64)
    duration_ms = pw.IntegerField(null=True)
    width = pw.IntegerField(null=True)
    height = pw.IntegerField(null=True)
    created_at = UtcDateTimeField()
    attached_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = (
            (("uploader", "sha256"), False),
            (("attached_at", "created_at"), False),
            (("organization", "moderation", "id"), False),
            (("moderation", "attached_at"), False),
        )


class MediaUpload(Record):
    """A large file on its way, chunk by chunk: `received` bytes of `size` are safe; `media` is what came of it."""

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    uploader = pw.ForeignKeyField(Account, on_delete="CASCADE")
    uploader_id: int
    draft_name = pw.CharField(40)
    size = pw.IntegerField()
    received = pw.IntegerField(default=0)
    media = pw.ForeignKeyField(Media, null=True, on_delete="CASCADE")
    media_id: int | None
    created_at = UtcDateTimeField(index=True)


TABLES = (Media, MediaUpload)
