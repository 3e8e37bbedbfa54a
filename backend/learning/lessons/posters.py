"""Posters for lessons that were approved without one: drawn by the bot, with a code that opens the lesson."""

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work, update_exactly_one
from backend.core.errors import Conflict
from backend.core.files import FileStore, StoredFile
from backend.learning.lessons.drawing import HEIGHT, WIDTH, PosterFace, draw_poster
from backend.learning.lessons.models import Lesson
from backend.media.models import Media, MediaKind, MediaState
from backend.media.rules import MEGABYTE
from backend.people.models import Organization
from backend.wechat.faults import PlatformFault, Remedy
from backend.wechat.miniprogram import MiniCode, MiniProgram

BATCH = 20
AGAIN_AFTER = timedelta(minutes=10)
PATIENCE = timedelta(hours=2)  # our own: after that a plain QR is better than no poster
PAGE = "pages/lesson/detail"  # its query is `scene`, the id of the lesson
TYPE = "image/png"


@dataclass(frozen=True)
class LessonCodes:
    """Where codes come from: the mini program, if there is one, else a QR of the page below `public_url`."""

    public_url: str
    miniprogram: MiniProgram | None = None

    def image(self, lesson: Lesson) -> bytes | None:
        """The mini-program code of a lesson; None where only a QR is to be had, PlatformFault to ask again later."""
        if self.miniprogram is None:
            return None
        try:
            return self.miniprogram.code_image(MiniCode(lesson.public_id, PAGE))
        except PlatformFault as fault:
            if fault.remedy in {Remedy.GIVE_UP, Remedy.CALL_A_PERSON}:
                return None  # the page is not published yet, or the account may not
            raise

    def url(self, lesson: Lesson) -> str:
        """The page of a lesson for any browser."""
        return f"{self.public_url}/m/#/{PAGE}?id={lesson.public_id}"


def make_posters(*, store: FileStore, codes: LessonCodes, now: datetime) -> int:
    """Draw the posters that are due; returns how many. Two machines may draw the same one, one of them keeps it."""
    due = (
        Lesson.select(Lesson, Organization)
        .join(Organization)
        .where(Lesson.poster_due_at <= now)
        .order_by(Lesson.poster_due_at)
        .limit(BATCH)
    )
    return sum(_make(lesson, store, codes, now) for lesson in list(due))


def _make(lesson: Lesson, store: FileStore, codes: LessonCodes, now: datetime) -> int:
    try:
        code = codes.image(lesson)
    except PlatformFault:
        if now - lesson.changed_at < PATIENCE:
            same = (Lesson.id == lesson.id) & (Lesson.poster_due_at == lesson.poster_due_at)
            in_unit_of_work(Lesson.update(poster_due_at=now + AGAIN_AFTER).where(same).execute)
            return 0
        code = None
    stored = store.save(io.BytesIO(draw_poster(_face(lesson, code, codes))), limit=MEGABYTE)
    try:
        in_unit_of_work(partial(_keep, lesson, stored, now))
    except Conflict:
        store.delete(stored.name)
        return 0
    return 1


def _face(lesson: Lesson, code: bytes | None, codes: LessonCodes) -> PosterFace:
    day = lesson.slot_on or lesson.publish_on
    return PosterFace(
        title=lesson.title,
        lecturer=lesson.lecturer,
        source=lesson.source,
        day=f"{day.year}年{day.month}月{day.day}日　星期日",
        organization=lesson.organization.name,
        code=code,
        url=codes.url(lesson),
    )


def _keep(lesson: Lesson, stored: StoredFile, now: datetime) -> None:
    """Nothing to check: it shows the words that a reviewer has approved. 409 when the lesson moved meanwhile."""
    poster = Media.create(
        public_id=new_public_id(),
        organization=lesson.organization_id,
        moderation=MediaState.PASSED,
        kind=MediaKind.PICTURE,
        content_type=TYPE,
        file_name=stored.name,
        size=stored.size,
        sha256=stored.sha256,
        width=WIDTH,
        height=HEIGHT,
        created_at=now,
        attached_at=now,
    )
    names = ("id", "version", "poster_due_at", "publish_on")
    same = [getattr(Lesson, name) == getattr(lesson, name) for name in names]
    update_exactly_one(Lesson.update(poster=poster, poster_due_at=None).where(*same), lost=Conflict)
