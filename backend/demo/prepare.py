"""Getting the demo ready: migrate, then load what is missing. Safe to run at every start."""

from backend.core.clock import clock_for
from backend.core.crypto import keyring
from backend.core.database import bind_database, connected
from backend.core.migration import migrate
from backend.core.settings import Settings
from backend.demo.branch import load_branch


def prepare_demo(settings: Settings) -> None:
    """Bring the database to the newest schema and load the demo branch if it is not there."""
    bind_database(settings.database_url)
    keyring.initialize(settings)
    with connected():
        migrate()
        load_branch(settings, now=clock_for(settings)())
