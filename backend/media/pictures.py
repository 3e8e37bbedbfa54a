"""Pictures are decoded and written anew: what is none fails here, and where it was taken is left out."""

from pathlib import Path
from typing import TYPE_CHECKING

from backend.core.errors import AppError
from backend.media.rules import MAX_PIXELS, THUMBNAIL_SIDE

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
ORIENTATION_TAG, UPRIGHT = 0x0112, 1
KEPT_INFO = frozenset({"transparency", "icc_profile"})
# a picture that need not be turned keeps the tables of the original, so that nothing is lost
JPEG_QUALITY_TURNED = 92
WEBP_QUALITY = 90
THUMBNAIL_QUALITY = 80


def rewrite_picture(source: Path, target: Path, content_type: str) -> tuple[int, int]:
    """Write `source` to `target` upright and without metadata (no place, no owner); gives width and height.

    Raises 415 for what does not decode and 422 for more pixels than the rule allows.
    """
    from PIL import Image, UnidentifiedImageError  # 40 MB that only uploads need

    try:
        with Image.open(source, formats=[FORMATS[content_type]]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                raise AppError("too_many_pixels", "图片像素太多，请缩小后再上传", status=422)
            return _write_bare(picture, target, FORMATS[content_type])
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError):
        raise AppError("unreadable_media", "图片无法打开，可能已损坏，请换一张", status=415) from None


def write_thumbnail(source: Path, target: Path) -> bool:
    """Write a small copy of a picture that `rewrite_picture` has written; False where its colours cannot be."""
    from PIL import Image

    try:
        with Image.open(source, formats=list(FORMATS.values())) as picture:
            picture.draft("RGB", (THUMBNAIL_SIDE, THUMBNAIL_SIDE))  # a JPEG is read small at once
            picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
            seen = picture.convert("RGBA")
            small = Image.new("RGB", seen.size, "white")
            small.paste(seen, mask=seen.getchannel("A"))
            small.save(target, "JPEG", quality=THUMBNAIL_QUALITY)
    except (OSError, ValueError):
        return False
    return True


def _write_bare(picture: "ImageFile", target: Path, form: str) -> tuple[int, int]:
    from PIL import ImageOps

    picture.load()
    turned = picture.getexif().get(ORIENTATION_TAG, UPRIGHT) != UPRIGHT
    upright = ImageOps.exif_transpose(picture) if turned else picture
    upright.info = {name: value for name, value in picture.info.items() if name in KEPT_INFO}
    options: dict[str, int | str] = {}
    if form == "JPEG":
        options["quality"] = JPEG_QUALITY_TURNED if turned else "keep"
    if form == "WEBP":
        options["quality"] = WEBP_QUALITY
    upright.save(target, form, icc_profile=picture.info.get("icc_profile"), **options)
    return upright.size
