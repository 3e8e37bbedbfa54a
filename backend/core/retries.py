"""Which errors of the database go away when the same work is run again, and which leave open whether it was done."""

import peewee as pw

# lock wait, deadlock, Galera: certification failure shows as deadlock, node not ready as 1047
TRANSIENT_MYSQL_ERRORS = {1205, 1213, 1047, 3572}
# the connection is gone: a statement did not leave at all, or its answer did not come (lost, killed, shut down)
NEVER_LEFT = {0, 2006}
LOST_CONNECTION = NEVER_LEFT | {2013, 1927, 1053}


def is_transient(error: pw.PeeweeException) -> bool:
    """Whether the same work may succeed when run again."""
    return _code(error) in TRANSIENT_MYSQL_ERRORS or "database is locked" in str(error)


def is_lost(error: pw.PeeweeException) -> bool:
    """Whether the connection to MySQL is gone, and with it all that was not committed."""
    return _code(error) in LOST_CONNECTION


def has_stayed(error: pw.PeeweeException) -> bool:
    """Whether the statement has never come to a server."""
    return _code(error) in NEVER_LEFT


def _code(error: pw.PeeweeException) -> int | None:
    """MySQL's number of an error."""
    found = error.args[0] if error.args else None
    return found if isinstance(found, int) else None
