"""Two Sunday lessons of the demo: one was heard last Sunday, one waits for the next."""

from datetime import date, datetime, time, timedelta
from pathlib import Path

from backend.core.clock import local_day
from backend.core.files import FileStore
from backend.core.settings import Settings
from backend.learning.lessons import service
from backend.learning.lessons.due import publish_due_lessons
from backend.learning.lessons.schemas import LessonQuestion, WriteLesson
from backend.learning.lessons.service import Actor
from backend.media.service import upload_media
from backend.people.access import caller_of
from backend.people.models import Account

MEDIA = Path(__file__).parent / "media"
PUBLISHER = "DH"
TITLES = ("把小事办到门口", "一盏灯照亮一栋楼")
SUNDAY = 6
QUESTION = LessonQuestion(
    text="一件事是大是小，用谁的尺子去量？",
    choices=["自己的", "群众的", "上级的"],
    answer=1,
    explanation="换一个灯泡只要十分钟，没有人来换，李阿姨的傍晚就没有了。站到她的家门口，才量得出来。",
)


def load_lessons(settings: Settings, *, now: datetime) -> None:
    """Write, review and schedule two lessons of the county, each by its own person."""
    today = local_day(now, settings.timezone)
    last = today - timedelta(days=(today.weekday() - SUNDAY) % 7 or 7)
    for title, sunday in zip(TITLES, (last, last + timedelta(days=7)), strict=True):
        _schedule(settings, title, sunday)
    publish_due_lessons(now=now)


def _schedule(settings: Settings, title: str, sunday: date) -> None:
    """As it would have been done on the Friday before."""
    friday = datetime.combine(sunday - timedelta(days=2), time(10), settings.timezone)
    author, reviewer = (_actor(name, settings, friday) for name in ("何静", "吴远"))
    sound, poster = (_upload(file, settings, author) for file in ("lesson.mp3", "poster.png"))
    body = WriteLesson(
        organization=PUBLISHER,
        title=title,
        lecturer="孙立新",
        source="大河社区第一党支部书记",
        text=(MEDIA / "lesson.txt").read_text(encoding="utf-8"),
        audio=sound,
        poster=poster,
        publish_on=sunday,
        question=QUESTION,
    )
    lesson = service.write_lesson(body, author)
    service.submit_lesson(lesson.public_id, None, author)
    service.approve_lesson(lesson.public_id, None, reviewer)
    service.schedule_lesson(lesson.public_id, None, None, reviewer)


def _actor(name: str, settings: Settings, at: datetime) -> Actor:
    account = Account.get(Account.display_name == name)
    return Actor(caller_of(account.id, timezone=settings.timezone, now=at), settings.timezone, at)


def _upload(file: str, settings: Settings, actor: Actor) -> str:
    with (MEDIA / file).open("rb") as stream:
        media = upload_media(
            stream,
            store=FileStore(settings.media_root),
            uploader_id=actor.caller.account_id,
            now=actor.now,
        )
    return media.public_id
