"""Tags that a branch gives its members."""

import peewee as pw

from backend.core.database import Record
from backend.people.models import Member, Organization

TAG_LENGTH = 20


class MemberTag(Record):
    """A word by which a branch calls some of its members together: 青年突击队, 退休党员."""

    id = pw.BigAutoField()
    organization = pw.ForeignKeyField(Organization, on_delete="CASCADE", index=False)
    organization_id: int
    member = pw.ForeignKeyField(Member, on_delete="CASCADE")
    member_id: int
    tag = pw.CharField(TAG_LENGTH)

    class Meta:
        indexes = ((("organization", "tag", "member"), True),)


TABLES = (MemberTag,)
