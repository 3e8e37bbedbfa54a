"""Ordinary WeChat groups, which no server may post to: the post is made ready and a person forwards it."""

from datetime import datetime

from backend.messaging import forwards
from backend.messaging.deliveries import Parcel


class ManualForwards:
    """Prepares the text and the page; the secretary is told that one tap is due."""

    def send(self, parcel: Parcel, *, now: datetime) -> str | None:
        """Make one post ready; safe to do twice."""
        assert parcel.rule.write is not None
        forwards.prepare(parcel, parcel.rule.write(parcel.facts), now=now)
        return None
