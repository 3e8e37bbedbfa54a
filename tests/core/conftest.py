"""A bare database: bound and connected, without application and cast."""

from collections.abc import Iterator

import pytest

from backend.core.crypto import keyring
from backend.core.database import bind_database, connected, database
from backend.core.settings import Settings


@pytest.fixture
def bound(settings: Settings) -> Iterator[None]:
    """The database of the settings, with a connection open in the test's thread."""
    bind_database(settings.database_url)
    keyring.initialize(settings)
    with connected():
        yield
    database.obj.close_all()
