"""The library of model activities."""

from enum import StrEnum

import peewee as pw

from backend.core.database import Record, UtcDateTimeField
from backend.people.models import Account, Organization


class TemplateForm(StrEnum):
    """How a model activity is carried out (`domain.md` 0.9)."""

    READING = "reading"
    FIELD_STUDY = "field_study"
    CASE = "case"
    DIALOGUE = "dialogue"


FORM_LABELS = {
    TemplateForm.READING: "集体诵读",
    TemplateForm.FIELD_STUDY: "实地研学",
    TemplateForm.CASE: "案例实录",
    TemplateForm.DIALOGUE: "典型对话",
}


class ActivityTemplate(Record):
    """A model activity that an organisation offers to itself and to all below it."""

    id = pw.BigAutoField()
    public_id = pw.CharField(20, unique=True)
    organization = pw.ForeignKeyField(Organization, on_delete="RESTRICT", index=False)
    organization_id: int
    kind = pw.CharField(32)
    form = pw.CharField(16)
    title = pw.CharField(60)
    agenda = pw.CharField(2000)
    minutes = pw.IntegerField()
    written_by = pw.ForeignKeyField(Account, on_delete="RESTRICT")
    created_at = UtcDateTimeField()
    withdrawn_at = UtcDateTimeField(null=True)

    class Meta:
        indexes = ((("organization", "id"), False),)


TABLES = (ActivityTemplate,)
