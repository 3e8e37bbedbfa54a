"""Short links: whoever holds one reads one file until it ends; nothing else opens with it."""

from datetime import datetime, timedelta
from typing import Protocol

from backend.core.crypto import keyring
from backend.core.errors import Forbidden
from backend.media.models import MediaState
from backend.media.rules import LINK_LIFE

PURPOSE = "media link"
# links made within the same hour are equal, so that caches on the way can serve them twice
STEP = timedelta(hours=1)


class File(Protocol):
    """What a link needs to know of a file."""

    @property
    def public_id(self) -> str:
        """Its id outside."""
        ...

    @property
    def moderation(self) -> str:
        """Where its check stands."""
        ...


def link_to(media: File | None, *, now: datetime) -> str | None:
    """The path of a link that ends in two to three hours; None for no file."""
    if media is None:
        return None
    expires = _round_up((now + LINK_LIFE).timestamp())
    signature = keyring.sign(PURPOSE, f"{media.public_id}.{expires}")
    return f"/api/v1/media/{media.public_id}/content?expires={expires}&signature={signature}"


def shown_link(media: File | None, *, opened: bool, now: datetime) -> str | None:
    """The link to what passed its check; to anything else only for whom it is `opened`: author and moderators."""
    withheld = media is None or media.moderation == MediaState.WITHHELD
    shown = media is not None and not withheld and (opened or media.moderation == MediaState.PASSED)
    return link_to(media, now=now) if shown else None


def check_link(public_id: str, expires: int, signature: str, *, now: datetime) -> None:
    """Raise 403 unless we signed this link and it has not ended."""
    if not keyring.signed_by_us(PURPOSE, f"{public_id}.{expires}", signature):
        raise Forbidden("bad_link", "链接无效，请从页面重新打开")
    if expires <= now.timestamp():
        raise Forbidden("expired_link", "链接已过期，请刷新页面后再打开")


def _round_up(seconds: float) -> int:
    step = int(STEP.total_seconds())
    return -int(-seconds // step) * step
