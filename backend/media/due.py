"""What is asked about files: verdicts that did not come, and what lies in the store for nothing."""

from datetime import datetime, timedelta

import peewee as pw

from backend.core.database import delete_where, in_unit_of_work
from backend.core.files import FileStore
from backend.media.checking import record_verdict
from backend.media.models import Media, MediaState, MediaUpload
from backend.media.rules import UNUSED_KEPT

BATCH = 200
UNANSWERED_AFTER = timedelta(minutes=30)  # within which the platform promises its verdict (wechat.md §B.6)


def hand_over_unanswered(*, now: datetime) -> int:
    """Files whose verdict did not come in time wait for a person from now on; returns how many."""
    late = (Media.moderation == MediaState.PENDING) & (Media.attached_at <= now - UNANSWERED_AFTER)
    found = list(Media.select(Media.id).where(late).order_by(Media.attached_at).limit(BATCH))
    for media in found:
        record_verdict(media.id, "review", now=now)
    return len(found)


def purge_unused_media(*, store: FileStore, now: datetime) -> int:
    """Drop uploads that nothing was made of within two days; returns how many."""
    before = now - UNUSED_KEPT
    unused = list(Media.select().where(Media.attached_at.is_null(), Media.created_at < before).limit(BATCH))
    return sum(_purge(media, store, before) for media in unused)


def purge_old_uploads(*, now: datetime) -> int:
    """Forget uploads in chunks after two days, finished or not; their drafts are swept with the others."""
    return in_unit_of_work(lambda: delete_where(MediaUpload, MediaUpload.created_at < now - UNUSED_KEPT))


def _purge(media: Media, store: FileStore, before: datetime) -> int:
    still_unused = (Media.id == media.id) & Media.attached_at.is_null() & (Media.created_at < before)
    # the row first: a file without a row is swept up later, a row without a file would be a broken link
    try:
        dropped = in_unit_of_work(lambda: delete_where(Media, still_unused))
    except pw.IntegrityError:  # untied in one place and used in another: it stays
        in_unit_of_work(Media.update(attached_at=media.created_at).where(Media.id == media.id).execute)
        return 0
    if dropped:
        for name in filter(None, (media.file_name, media.thumbnail)):
            store.delete(name)
    return dropped


def sweep_stray_files(*, store: FileStore, now: datetime) -> int:
    """Remove drafts and files that no row knows, left by processes that were killed; returns how many."""
    before = now - UNUSED_KEPT
    swept = store.drop_drafts_older_than(before)
    for name in store.names_older_than(before):
        known = (Media.file_name == name) | (Media.thumbnail == name)
        if not Media.select(Media.id).where(known).exists():
            store.delete(name)
            swept += 1
    return swept
