"""The emulated platform: one world, one memory, one clock, behind one lock."""

import hashlib
import json
import threading
from collections.abc import Callable
from typing import Any

from emulator import ids
from emulator.callbacks.delivery import Deliverer
from emulator.clock import VirtualClock
from emulator.config import User, World
from emulator.faults import FaultList
from emulator.plain import to_plain
from emulator.state import Refusal, Sent, State

MOST_REFUSALS = 2_000


def _digest(world: World) -> str:
    return hashlib.sha256(json.dumps(to_plain(world), sort_keys=True).encode()).hexdigest()


class Platform:
    """What all calls share. Hold `lock` while reading or changing `world` or `state`; never while waiting."""

    def __init__(self, load_world: Callable[[], World], clock: VirtualClock | None = None) -> None:
        self._load_world = load_world
        self.lock = threading.RLock()
        self.clock = clock or VirtualClock()
        self.faults = FaultList()
        self.world = load_world()
        self.configured = _digest(self.world)  # tells a saved world of another configuration
        self.changed = False  # since it was last saved
        self.state = State()
        self.epoch = ids.random_text(8)  # another one after each reset: pages start anew
        self.in_flight: set[str] = set()  # openids with a subscribe message under way
        self._last_sent: dict[str, Sent] = {}  # by channel
        self.deliverer = Deliverer(self)

    def reset(self, *, keep_clock: bool = False) -> None:
        """Back to the configuration: nobody has logged in, nothing was sent, no fault is ordered."""
        with self.lock:
            self.world = self._load_world()
            self.state = State()
            self.faults.clear()
            self.in_flight.clear()
            self._last_sent.clear()
            self.deliverer.forget()
            self.changed = True
            self.epoch = ids.random_text(8)
            if not keep_clock:
                self.clock.move(0.0)

    def deliver(self, channel: str, title: str, text: str, data: Any, **where: Any) -> Sent:
        """Put something into the hands of a person or a group."""
        with self.lock:
            item = Sent(self.state.next_seq(), self.clock.now(), channel, title, text, data, **where)
            last = self._last_sent.get(channel)
            if last is not None and (last.text, last.data, last.lines) == (text, data, item.lines):
                # what thousands are told is kept once
                item.text, item.data, item.lines = last.text, last.data, last.lines
            self._last_sent[channel] = item
            self.state.sent.append(item)
            self.changed = True
            return item

    def note_refusal(self, path: str, errcode: int | None, text: str, user: str = "", robot: str = "") -> None:
        with self.lock:
            item = Refusal(self.state.next_seq(), self.clock.now(), path, errcode, text, user, robot)
            self.state.refusals.append(item)
            del self.state.refusals[:-MOST_REFUSALS]

    def openid(self, appid: str, user: User) -> str:
        return ids.openid_of(appid, user.name)

    def visit(self, openid: str) -> None:
        """The user has just opened the app: the content check works for two hours."""
        self.state.visits[openid] = self.clock.now()
