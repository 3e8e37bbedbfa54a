"""Uploads, and reading by signed links."""

from typing import IO, cast

from flask import Blueprint, Response, request, send_file

from backend.core.files import FileStore
from backend.core.http import endpoint, extension, now
from backend.media import service
from backend.media.links import check_link
from backend.media.models import Media
from backend.media.rules import LINK_LIFE, MAX_UPLOAD_BYTES, MEGABYTE, RULE_OF_TYPE
from backend.media.schemas import MediaLinkQuery, MediaView
from backend.people.caller import current_caller

bp = Blueprint("media", __name__, url_prefix="/api/v1")
FORM_ROOM = MEGABYTE  # what a form says around its file


@bp.post("/media")
@endpoint(returns=MediaView, status=201, takes_file=True, replayable=False)
def upload_media() -> MediaView:
    """Upload a sound or a picture; the same bytes again give the same media."""
    request.max_content_length = MAX_UPLOAD_BYTES + FORM_ROOM
    media = service.upload_media(
        _sent_stream(), store=_store(), uploader_id=current_caller().account_id, now=now()
    )
    return _view(media)


@bp.get("/media/<media_id>/content")
@endpoint(query=MediaLinkQuery, public=True, gives_file=True)
def read_media(media_id: str, query: MediaLinkQuery) -> Response:
    """The file behind a signed link, whole or in ranges."""
    check_link(media_id, query.expires, query.signature, now=now())
    return _file_answer(service.find_media(media_id))


def _sent_stream() -> IO[bytes]:
    if request.mimetype != "multipart/form-data":
        return request.stream
    file = request.files.get("file")
    return file.stream if file else request.stream


def _store() -> FileStore:
    return cast(FileStore, extension("files"))


def _file_answer(media: Media) -> Response:
    answer = send_file(
        service.place_of(media, _store()),
        mimetype=media.content_type,
        download_name=f"{media.public_id}.{RULE_OF_TYPE[media.content_type].types[media.content_type]}",
        etag=media.sha256,
        last_modified=media.created_at,
        max_age=int(LINK_LIFE.total_seconds()),
        conditional=True,
    )
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
    )
