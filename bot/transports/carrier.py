"""What the relay expects of a transport."""

from datetime import datetime
from typing import Protocol

from backend.messaging.deliveries import Parcel


class Skipped(Exception):
    """Not sent, and rightly so; the reason is kept with the delivery."""


class NotNow(Exception):
    """The channel is busy; the parcel goes back untried until `at`."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at.isoformat())
        self.at = at


class Transport(Protocol):
    """Sends one parcel, outside of any transaction.

    Returns the platform's id of the message, if it gives one. Raises PlatformFault, Skipped or NotNow.
    """

    def send(self, parcel: Parcel, *, now: datetime) -> str | None:
        """Send one parcel."""
        ...
