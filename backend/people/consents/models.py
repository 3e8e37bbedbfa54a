"""The ledger of consents: append-only, the last entry of a purpose is in force."""

from enum import StrEnum

import peewee as pw

from backend.core.database import Record, UtcDateTimeField
from backend.people.models import Account


class ConsentPurpose(StrEnum):
    """What personal data are handled for; each is asked for by itself (个人信息保护法 §14, §29)."""

    MEMBERSHIP = "membership"
    LOCATION = "location"
    PHOTO = "photo"
    SERVICE_CONTACT = "service_contact"


PURPOSE_LABELS = {
    ConsentPurpose.MEMBERSHIP: "处理党员身份信息",
    ConsentPurpose.LOCATION: "签到时使用位置",
    ConsentPurpose.PHOTO: "使用照片",
    ConsentPurpose.SERVICE_CONTACT: "向办理人提供联系方式",
}


class Consent(Record):
    """One word of an account: yes or no to a purpose, and to which version of the text."""

    id = pw.BigAutoField()
    account = pw.ForeignKeyField(Account, on_delete="CASCADE", index=False)
    account_id: int
    purpose = pw.CharField(20)
    version = pw.CharField(20)
    given = pw.BooleanField()
    at = UtcDateTimeField()

    class Meta:
        indexes = ((("account", "purpose", "id"), False),)


TABLES = (Consent,)
