"""What follows from a consent to show one's photos, given or withdrawn."""

from datetime import datetime

from backend.media.models import Media, MediaKind, MediaState


def withhold_pictures(account_id: int, *, now: datetime) -> None:
    """Nobody sees the pictures that this account uploaded any more."""
    _pictures_of(account_id, ~(Media.moderation == MediaState.WITHHELD), MediaState.WITHHELD)


def show_pictures(account_id: int, *, now: datetime) -> None:
    """Agreed to again: a moderator looks at them once more."""
    _pictures_of(account_id, Media.moderation == MediaState.WITHHELD, MediaState.REVIEW)


def _pictures_of(account_id: int, which: object, state: MediaState) -> None:
    mine = (Media.uploader == account_id) & (Media.kind == MediaKind.PICTURE)
    Media.update(moderation=state).where(mine, which).execute()
