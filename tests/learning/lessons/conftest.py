"""Lessons at every stage, made through the API as their people make them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from backend.core.crypto import new_public_id
from backend.core.database import in_unit_of_work
from backend.learning.lessons.models import Lesson
from backend.media.models import Media, MediaKind
from backend.people.models import OrganizationPost, Role
from tests.cast import SINCE, Person, World
from tests.conftest import Answer, Api, FakeClock

SHANGHAI = ZoneInfo("Asia/Shanghai")
SUNDAY = date(2026, 11, 29)
NEXT_SUNDAY = date(2026, 12, 6)
SUNDAY_AT_EIGHT = datetime(2026, 11, 29, 8, 0, tzinfo=SHANGHAI)

Clients = Callable[[Person | None], Api]


def keep_media(owner: Person, now: datetime, *, seconds: float | None = 300) -> str:
    """A register entry of a file of this length (a picture without one); its bytes are never asked for."""
    public_id = new_public_id()
    Media.create(
        public_id=public_id,
        uploader=owner.account,
        kind=MediaKind.PICTURE if seconds is None else MediaKind.AUDIO,
        content_type="image/png" if seconds is None else "audio/mpeg",
        file_name=f"{public_id}{public_id}",
        size=1_000,
        sha256="0" * 64,
        duration_ms=None if seconds is None else round(seconds * 1000),
        created_at=now,
    )
    return public_id


@dataclass
class Desk:
    """The people of the branch's lessons: the publicity member writes, the secretary reviews."""

    world: World
    api: Clients
    clock: FakeClock
    author: Person
    reviewer: Person

    def body(self, **changed: Any) -> dict[str, Any]:
        """A lesson as its author sends it."""
        return {
            "organization": "DH-01-01",
            "title": "把小事办到门口",
            "lecturer": "孙立新",
            "source": "大河社区第一党支部",
            "text": "各位同志，大家好。\n今天从一盏灯说起。",
            "audio": keep_media(self.author, self.clock()),
            "publish_on": SUNDAY.isoformat(),
            **changed,
        }

    def write(self, **changed: Any) -> Answer:
        """POST /lessons by the author."""
        return self.api(self.author).post("/lessons", self.body(**changed))

    def step(self, person: Person, lesson: str, action: str, **body: Any) -> Answer:
        """POST /lessons/{id}/{action}."""
        return self.api(person).post(f"/lessons/{lesson}/{action}", body)

    def draft(self, **changed: Any) -> str:
        """A new draft; its id."""
        answer = self.write(**changed)
        assert answer.status == 201, answer.body
        return str(answer.data["id"])

    def in_review(self, **changed: Any) -> str:
        """A lesson that waits for review."""
        return self._moved(self.author, self.draft(**changed), "submit")

    def approved(self, **changed: Any) -> str:
        """A lesson that passed review."""
        return self._moved(self.reviewer, self.in_review(**changed), "approve")

    def scheduled(self, **changed: Any) -> str:
        """A lesson that holds its Sunday."""
        return self._moved(self.reviewer, self.approved(**changed), "schedule")

    def published(self, **changed: Any) -> str:
        """A lesson that is out; the clock stays where it is."""
        lesson = self.scheduled(**changed)
        set_state(lesson, "published", published_at=self.clock())
        return lesson

    def _moved(self, person: Person, lesson: str, action: str) -> str:
        answer = self.step(person, lesson, action)
        assert answer.status == 200, answer.body
        return lesson


def set_state(lesson: str, state: str, **more: Any) -> None:
    """Put a lesson into a state from outside, as time or another machine would."""
    in_unit_of_work(lambda: Lesson.update(state=state, **more).where(Lesson.public_id == lesson).execute())


@pytest.fixture
def desk(world: World, api: Clients, clock: FakeClock) -> Desk:
    """The second member as publicity member and author, the secretary as reviewer."""
    author = world.people["second_member"]
    OrganizationPost.create(
        organization=world.organizations["branch"],
        account=author.account,
        role=Role.PUBLICITY_MEMBER,
        starts_on=SINCE,
    )
    return Desk(world, api, clock, author, world.people["secretary"])
