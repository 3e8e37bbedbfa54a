"""What the retention job did."""

import peewee as pw

from backend.core.database import Record, UtcDateTimeField


class RetentionRun(Record):
    """What one rule let go of on one UTC day, and when it last looked."""

    id = pw.BigAutoField()
    rule = pw.CharField(40)
    ran_on = pw.DateField()
    removed = pw.IntegerField()
    ran_at = UtcDateTimeField()

    class Meta:
        indexes = ((("rule", "ran_on"), True),)


TABLES = (RetentionRun,)
