"""Uploads, and reading by signed links."""

from dataclasses import dataclass
from datetime import datetime
from typing import IO, cast

from flask import Blueprint, Response, request, send_file

from backend.core.files import FileStore
from backend.core.http import FileBytes, endpoint, extension, now, settings
from backend.media import service, uploads
from backend.media.links import check_link
from backend.media.models import Media, MediaKind, MediaUpload
from backend.media.rules import CHUNK_BYTES, LINK_LIFE, MAX_UPLOAD_BYTES, MEGABYTE, REMINDER, RULE_OF_TYPE
from backend.media.schemas import BeginUpload, ChunkQuery, MediaLinkQuery, MediaView, UploadView
from backend.people.caller import current_caller

bp = Blueprint("media", __name__, url_prefix="/api/v1")
FORM_ROOM = MEGABYTE  # what a form says around its file


@bp.post("/media")
@endpoint(body=FileBytes, returns=MediaView, status=201, replayable=False)
def upload_media() -> MediaView:
    """Upload a sound, a picture or a document; the same bytes again give the same media."""
    request.max_content_length = MAX_UPLOAD_BYTES + FORM_ROOM
    media = service.upload_media(_sent_stream(), store=_store(), uploader_id=current_caller().account_id, now=now())
    return _view(media)


@bp.post("/media/uploads")
@endpoint(body=BeginUpload, returns=UploadView, status=201)
def begin_upload(body: BeginUpload) -> UploadView:
    """Open an upload in chunks, for a large file on a weak network."""
    return _upload_view(uploads.begin_upload(body.size, uploader_id=current_caller().account_id, now=now()))


@bp.get("/media/uploads/<upload_id>")
@endpoint(returns=UploadView)
def read_upload(upload_id: str) -> UploadView:
    """Where to go on after the network broke."""
    return _upload_view(uploads.find_upload(upload_id, uploader_id=current_caller().account_id))


@bp.post("/media/uploads/<upload_id>/chunks")
@endpoint(body=FileBytes, query=ChunkQuery, returns=UploadView, replayable=False)
def add_chunk(upload_id: str, query: ChunkQuery) -> UploadView:
    """Send the next chunk; its offset makes a repeat harmless."""
    request.max_content_length = CHUNK_BYTES + FORM_ROOM
    upload = uploads.find_upload(upload_id, uploader_id=current_caller().account_id)
    return _upload_view(uploads.add_chunk(upload, _sent_stream(), offset=query.offset, store=_store()))


@bp.post("/media/uploads/<upload_id>/finish")
@endpoint(returns=MediaView, status=201)
def finish_upload(upload_id: str) -> MediaView:
    """Make a media of a file that has come whole; again gives the same one."""
    upload = uploads.find_upload(upload_id, uploader_id=current_caller().account_id)
    return _view(uploads.finish_upload(upload, store=_store(), now=now()))


@bp.get("/media/<media_id>/content")
@endpoint(query=MediaLinkQuery, returns=FileBytes, public=True)
def read_media(media_id: str, query: MediaLinkQuery) -> Response:
    """The file behind a signed link, whole or in ranges."""
    check_link(media_id, query.expires, query.signature, now=now())
    media = service.find_shown(media_id)
    accel, file = settings().media_accel, _wanted(media, query)
    return _guarded(_handed_to_nginx(file, accel) if accel else _file_answer(file))


@dataclass(frozen=True)
class _Wanted:
    """One of the files of a media: the whole, or its small copy, which is always a JPEG."""

    name: str
    shown_as: str
    content_type: str
    etag: str
    made_at: datetime
    as_attachment: bool = False


def _wanted(media: Media, query: MediaLinkQuery) -> _Wanted:
    if query.size == "small" and media.thumbnail is not None:
        small = f"{media.public_id}-small.jpg"
        return _Wanted(media.thumbnail, small, "image/jpeg", f"{media.sha256}-small", media.created_at)
    ending = RULE_OF_TYPE[media.content_type].types[media.content_type]
    whole = f"{media.public_id}.{ending}"
    document = media.kind == MediaKind.DOCUMENT
    return _Wanted(media.file_name, whole, media.content_type, media.sha256, media.created_at, document)


def _sent_stream() -> IO[bytes]:
    if request.mimetype != "multipart/form-data":
        return request.stream
    file = request.files.get("file")
    return file.stream if file else request.stream


def _store() -> FileStore:
    return cast(FileStore, extension("files"))


def _file_answer(file: _Wanted) -> Response:
    answer = send_file(
        service.place_of(file.name, _store()),
        mimetype=file.content_type,
        as_attachment=file.as_attachment,
        download_name=file.shown_as,
        etag=file.etag,
        last_modified=file.made_at,
        max_age=int(LINK_LIFE.total_seconds()),
        conditional=True,
    )
    return answer


def _handed_to_nginx(file: _Wanted, accel: str) -> Response:
    """Nothing but the place of the file: nginx reads it, in ranges too, and no thread of ours waits for a phone."""
    service.place_of(file.name, _store())
    answer = Response(mimetype=file.content_type)
    way = "attachment" if file.as_attachment else "inline"  # no browser opens a document as a page
    answer.headers["X-Accel-Redirect"] = f"{accel}/{file.name[:2]}/{file.name}"
    answer.headers["Content-Disposition"] = f"{way}; filename={file.shown_as}"
    answer.cache_control.max_age = int(LINK_LIFE.total_seconds())
    return answer


def _guarded(answer: Response) -> Response:
    answer.cache_control.public, answer.cache_control.private = False, True
    # whatever the bytes turn out to be, no browser may take them for a page
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


def _view(media: Media) -> MediaView:
    return MediaView(
        id=media.public_id,
        kind=media.kind,
        content_type=media.content_type,
        size=media.size,
        duration_s=None if media.duration_ms is None else round(media.duration_ms / 1000),
        width=media.width,
        height=media.height,
        reminder=REMINDER if media.kind == MediaKind.PICTURE else None,
    )


def _upload_view(upload: MediaUpload) -> UploadView:
    return UploadView(
        id=upload.public_id,
        size=upload.size,
        offset=upload.received,
        chunk_bytes=CHUNK_BYTES,
        media=upload.media.public_id if upload.media else None,
    )
