"""What lies in the store for nothing: uploads never used, drafts of killed processes, files without a row."""

from datetime import datetime

from backend.core.database import delete_where, in_unit_of_work
from backend.core.files import FileStore
from backend.media.models import Media, MediaUpload
from backend.media.rules import UNUSED_KEPT

BATCH = 200


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
    dropped = in_unit_of_work(lambda: delete_where(Media, still_unused))
    if dropped:
        store.delete(media.file_name)
    return dropped


def sweep_stray_files(*, store: FileStore, now: datetime) -> int:
    """Remove drafts and files that no row knows, left by processes that were killed; returns how many."""
    before = now - UNUSED_KEPT
    swept = store.drop_drafts_older_than(before)
    for name in store.names_older_than(before):
        if not Media.select(Media.id).where(Media.file_name == name).exists():
            store.delete(name)
            swept += 1
    return swept
