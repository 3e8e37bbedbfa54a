"""Large files over weak networks: sent in chunks, gone on with from where the network broke."""

from datetime import datetime
from typing import IO

from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import AppError, Conflict, NotFound, TooMany
from backend.core.files import FileStore, TooManyBytes, new_name, write_stream
from backend.media.models import Media, MediaUpload
from backend.media.rules import CHUNK_BYTES, OPEN_UPLOADS, UNUSED_KEPT
from backend.media.service import take_in

ASK_AGAIN_S = 600


def begin_upload(size: int, *, uploader_id: int, now: datetime) -> MediaUpload:
    """Open an upload of `size` bytes; 429 when the person has too many open ones."""

    def work() -> MediaUpload:
        mine = (MediaUpload.uploader == uploader_id) & MediaUpload.media.is_null()
        still_open = MediaUpload.select().where(mine, MediaUpload.created_at > now - UNUSED_KEPT).count()
        if still_open >= OPEN_UPLOADS:
            raise TooMany("too_many_uploads", "还有未传完的文件，请先传完再传新的", retry_after=ASK_AGAIN_S)
        upload: MediaUpload = MediaUpload.create(
            public_id=new_public_id(),
            uploader=uploader_id,
            draft_name=new_name(),
            size=size,
            created_at=now,
        )
        return upload

    return in_unit_of_work(work)


def find_upload(public_id: str, *, uploader_id: int) -> MediaUpload:
    """One's own upload; raises NotFound."""
    upload: MediaUpload | None = (
        MediaUpload.select().where(MediaUpload.public_id == public_id, MediaUpload.uploader == uploader_id).first()
    )
    if upload is None:
        raise NotFound()
    return upload


def add_chunk(upload: MediaUpload, stream: IO[bytes], *, offset: int, store: FileStore) -> MediaUpload:
    """Write a chunk where the last one ended; 409 `wrong_offset` tells where that is.

    The bytes lie on the disk before the row counts them, so a chunk that broke off is simply sent again.
    """
    if upload.media_id is not None or offset != upload.received:
        raise _wrong_offset(upload.received)
    limit = min(CHUNK_BYTES, upload.size - offset)
    try:
        length = write_stream(stream, store.named_draft(upload.draft_name), limit=limit, offset=offset)
    except TooManyBytes:
        raise AppError("too_large", "这一段太大，或超出了文件的大小", status=413) from None
    except FileNotFoundError:
        raise NotFound("upload_lost", "这次上传已失效，请重新上传") from None
    if not length:
        return upload
    grown = MediaUpload.update(received=offset + length).where(
        MediaUpload.id == upload.id, MediaUpload.received == offset
    )
    in_unit_of_work(lambda: update_exactly_one(grown, lost=lambda: _wrong_offset(upload.received)))
    upload.received = offset + length
    return upload


def _wrong_offset(received: int) -> Conflict:
    return Conflict("wrong_offset", "请从上次中断的位置继续上传", offset=received)


def finish_upload(upload: MediaUpload, *, store: FileStore, now: datetime) -> Media:
    """Check the whole as any upload and keep it; asked again, the same media. 409 while bytes are missing."""
    if upload.media is not None:
        return upload.media
    if upload.received != upload.size:
        raise Conflict("upload_incomplete", "文件还没有传完", offset=upload.received)
    draft = store.named_draft(upload.draft_name)
    if not draft.exists():
        raise NotFound("upload_lost", "这次上传已失效，请重新上传")
    media = take_in(draft, store=store, uploader_id=upload.uploader_id, now=now)
    done = MediaUpload.update(media=media).where(MediaUpload.id == upload.id)
    in_unit_of_work(done.execute)
    draft.unlink(missing_ok=True)
    return media
