"""Getting the demo ready: migrate, then load what is missing. Safe to run at every start."""

from backend.core.clock import clock_for
from backend.core.crypto import keyring
from backend.core.database import bind_database, connected
from backend.core.settings import Settings
from backend.demo.away import load_away
from backend.demo.branch import load_branch
from backend.demo.lessons import load_lessons
from backend.demo.neighbourhood import load_neighbourhood
from backend.demo.surveys import load_surveys
from backend.installation import install


def prepare_demo(settings: Settings) -> None:
    """Bring the database to the newest schema and load the demo branch if it is not there."""
    bind_database(settings.database_url)
    keyring.initialize(settings)
    now = clock_for(settings)()
    with connected():
        install()
        if load_branch(settings, now=now):
            load_away(settings, now=now)
            load_neighbourhood(settings, now=now)
            load_lessons(settings, now=now)
            load_surveys(settings, now=now)
