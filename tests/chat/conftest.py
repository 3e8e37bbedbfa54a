"""The chat as one of the cast has it."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask

from backend.chat.conversation import Conversation
from backend.core.settings import Settings
from backend.people.models import WeChatIdentity
from tests.cast import LONG_AGO, Person, World
from tests.conftest import FakeClock

Say = Callable[[Person | None, str], str]


@dataclass
class Chat:
    """Says something as a person and gives what he reads."""

    conversation: Conversation
    settings: Settings
    clock: FakeClock

    def say(self, person: Person | None, text: str) -> str:
        """A text of this person; None is somebody who never logged in."""
        return self.tell(person, MsgType="text", Content=text)

    def tell(self, person: Person | None, **event: str) -> str:
        """Any message or event."""
        event["FromUserName"] = f"official-{person.name}" if person else "o-nobody"
        reply = self.conversation.answer(self.settings.official.appid, event, now=self.clock())
        return reply.text if reply else ""


@pytest.fixture
def chat(app: Flask, world: World, settings: Settings, clock: FakeClock) -> Chat:
    """The conversation; everybody of the cast has been on the official account's web page."""
    for person in world.people.values():
        WeChatIdentity.create(
            account=person.account,
            appid=settings.official.appid,
            openid=f"official-{person.name}",
            visited_at=LONG_AGO,
        )
    return Chat(Conversation(settings), settings, clock)
