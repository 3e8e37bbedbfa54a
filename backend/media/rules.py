"""What may be uploaded, in one table."""

from dataclasses import dataclass
from datetime import timedelta

from backend.media.models import MediaKind

MEGABYTE = 1024 * 1024
PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class UploadRule:
    """Limits of one kind of file, with their source and the names of the accepted types."""

    kind: MediaKind
    max_bytes: int
    types: dict[str, str]
    source: str

    @property
    def max_megabytes(self) -> int:
        """The limit as people say it."""
        return self.max_bytes // MEGABYTE


UPLOAD_RULES = (
    UploadRule(
        MediaKind.AUDIO,
        50 * MEGABYTE,
        {"audio/mpeg": "mp3", "audio/mp4": "m4a", "audio/wav": "wav", "audio/ogg": "ogg"},
        "our own: six minutes of uncompressed stereo sound and some room",
    ),
    UploadRule(
        MediaKind.PICTURE,
        20 * MEGABYTE,
        {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"},
        "our own: the largest photo of a present-day phone",
    ),
    UploadRule(
        MediaKind.DOCUMENT,
        20 * MEGABYTE,
        {PDF: "pdf", DOCX: "docx", XLSX: "xlsx"},
        "our own: a hundred scanned pages",
    ),
)
REMINDER = "照片里有人脸、车牌、门牌的，请先遮住，或换个角度重拍；只拍要修、要办的地方。"
THUMBNAIL_SIDE = 480  # pixels: a list on a phone
MAX_PIXELS = 60_000_000  # a 50-megapixel phone photo; more is a decompression bomb
MAX_UNPACKED_BYTES = 200 * MEGABYTE  # what a document may grow to when unpacked: more is a bomb
MAX_PARTS = 5_000  # files within a document
LINK_LIFE = timedelta(hours=2)  # one sitting, with pauses
CHUNK_BYTES = 4 * MEGABYTE  # a few seconds on a weak mobile network
OPEN_UPLOADS = 5  # of one person at a time: each holds disk space
UNUSED_KEPT = timedelta(days=2)  # an upload that nothing was made of

RULE_OF_TYPE = {name: rule for rule in UPLOAD_RULES for name in rule.types}
MAX_UPLOAD_BYTES = max(rule.max_bytes for rule in UPLOAD_RULES)
