"""What the media room knows of a person."""

from backend.media.models import Media, MediaUpload
from backend.people.held import DELETED, Fate, Held, exporter

HELD = (
    Held(
        "上传的文件",
        Media.uploader,
        Fate("已用在工单、党课、会议记录里的文件随工单、党课、会议记录保存，不再注明是谁上传的", {"uploader": None}),
        ("public_id", "kind", "content_type", "size", "created_at"),
    ),
    Held("未传完的文件", MediaUpload.uploader, DELETED, ("size", "received", "created_at")),
)
export = exporter(HELD)
