"""What the relay expects of a transport."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from backend.messaging.deliveries import Parcel

Stopping = Callable[[], bool]


class Skipped(Exception):
    """Not sent, and rightly so; the reason is kept with the delivery."""


class NotNow(Exception):
    """The channel is busy; the parcel goes back untried until `at`."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at.isoformat())
        self.at = at


@dataclass(frozen=True)
class Outcome:
    """What became of one parcel: the platform took it, or `trouble` says why not.

    `platform_id` is the platform's id of the message, if it gives one; `trouble` is a PlatformFault, Skipped, NotNow
    or, for what nobody foresaw, any other exception.
    """

    parcel: Parcel
    platform_id: str | None = None
    trouble: Exception | None = None


class Transport(Protocol):
    """Sends one parcel, outside of any transaction.

    Returns the platform's id of the message, if it gives one. Raises PlatformFault, Skipped or NotNow.
    """

    def send(self, parcel: Parcel, *, now: datetime) -> str | None:
        """Send one parcel."""
        ...


@runtime_checkable
class BulkTransport(Protocol):
    """Sends many parcels at once, outside of any transaction."""

    def send_many(self, parcels: Sequence[Parcel], *, now: datetime, stopping: Stopping) -> Iterator[list[Outcome]]:
        """What becomes of the parcels, in portions as it becomes known.

        A parcel that does not occur was never begun, because `stopping` said so.
        """
        ...
