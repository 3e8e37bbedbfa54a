"""The dead man's switch: a watcher outside hears each minute that the bot lives, and calls somebody when not."""

from datetime import datetime

import requests
import structlog

from backend.core.settings import Settings
from backend.messaging.beats import beat

EVERY_S = 60
TIMEOUT_S = (3, 5)

log = structlog.get_logger()


class Heartbeat:
    """Notes each beat in the database and, where HEARTBEAT_URL is set, tells the watcher."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.heartbeat_url

    def beat(self, *, now: datetime) -> int:
        """Beat once; a watcher that does not answer is no reason to stop."""
        silences = beat(now=now)
        if silences:
            log.warning("no bot was running for a while; see /api/v1/operation/missed-runs")
        if self._url:
            try:
                requests.get(self._url, timeout=TIMEOUT_S).raise_for_status()
            except requests.RequestException as error:
                log.warning("the heartbeat was not heard", fault=type(error).__name__)
        return silences
