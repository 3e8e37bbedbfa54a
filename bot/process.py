"""The running bot: APScheduler beats time, the jobs ask, the relay delivers, signals end it in good order."""

import signal
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from types import FrameType

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from backend.core.bell import Bell
from backend.core.clock import Clock, clock_for
from backend.core.crypto import keyring
from backend.core.database import bind_database, connected
from backend.core.files import FileStore
from backend.core.logs import install_logging
from backend.core.migration import pending
from backend.core.settings import Settings
from backend.learning.lessons.due import LessonCodes
from backend.messaging.models import Channel
from backend.messaging.outbox import has_queued
from backend.rooms import CONTENT_SUBJECTS
from backend.wechat.gateway import Gateway
from bot.heartbeat import EVERY_S, Heartbeat
from bot.jobs import RELAY_EVERY_S, Job, jobs_for
from bot.metrics import figures_on
from bot.relay import Relay
from bot.transports.carrier import BulkTransport, Transport
from bot.transports.content_check import ContentChecks
from bot.transports.customer_group import CustomerGroups
from bot.transports.manual_forward import ManualForwards
from bot.transports.subscribe_message import SubscribeMessages
from bot.transports.wecom_robot import WeComRobots

# the thread that sends asks for the interpreter's lock at every message: Python's own 5 ms would be most of its time
LOCK_TURN_S = 0.0005

log = structlog.get_logger()


class NotMigrated(Exception):
    """The database lacks migrations."""


def transports_for(
    settings: Settings, gateway: Gateway, clock: Clock | None = None
) -> dict[Channel, Transport | BulkTransport]:
    """One transport for each channel; with a `clock` that runs, they wait for a turn that is a moment off."""
    appid = settings.miniprogram.appid
    return {
        Channel.SUBSCRIBE_MESSAGE: SubscribeMessages(gateway, appid, clock),
        Channel.WECOM_ROBOT: WeComRobots(gateway),
        Channel.CUSTOMER_GROUP: CustomerGroups(gateway, settings.public_url, settings.timezone),
        Channel.MANUAL_FORWARD: ManualForwards(),
        Channel.CONTENT_CHECK: ContentChecks(gateway, appid, CONTENT_SUBJECTS, settings.public_url),
    }


class BotProcess:
    """Everything that a bot process holds; `stop` is set by SIGTERM and SIGINT, `awake` by whoever has work for it."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or clock_for(settings)
        self.stop = threading.Event()
        self.awake = threading.Event()
        self.gateway = gateway = Gateway(settings, self.clock)
        codes = LessonCodes(settings.public_url, gateway.miniprogram)
        transports = transports_for(settings, gateway, self.clock)
        self.relay = Relay(transports, settings.timezone, self.stop.is_set, clock=self.clock)
        self.jobs = jobs_for(FileStore(settings.media_root), settings.timezone, codes, gateway)

    def run(self) -> None:
        """Work until told to stop, then finish what is in hand."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        with figures_on(self.settings.metrics_port):
            scheduler = self._scheduler()
            scheduler.start()
            if self.settings.redis_url:
                Bell(self.settings.redis_url).listen(self.awake.set)
            log.info("bot started", jobs=len(self.jobs))
            self.relay_until_stopped()
            scheduler.shutdown(wait=True)
            self.gateway.bulk.lines.rest(0)
        log.info("bot stopped")

    def relay_until_stopped(self) -> None:
        """The relay beats here and not by the metronome: once a second, and whenever somebody wakes it."""
        beat = self._beat(Job("relay", RELAY_EVERY_S, self._relay_once))
        while not self.stop.is_set():
            self.awake.clear()
            beat()
            self.awake.wait(RELAY_EVERY_S)

    def _relay_once(self, *, now: datetime) -> int:
        handled = self.relay.deliver_due(now=now)
        if handled:  # there may be more: a tick ends after a while
            self.awake.set()
        else:
            self.gateway.bulk.lines.rest()
        return handled

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        # not `awake`: its lock may be held by the very frame that was interrupted
        self.stop.set()

    def _scheduler(self) -> BackgroundScheduler:
        """A metronome: no job store, no memory; late and missed beats do not matter."""
        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(4)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        heartbeat = Job("heartbeat", EVERY_S, Heartbeat(self.settings).beat)
        for job in (heartbeat, *self.jobs):
            # the first beat is now: what fell due while no bot ran is asked for at once
            first = datetime.now(UTC)
            scheduler.add_job(self._beat(job), "interval", seconds=job.every_s, next_run_time=first)
        return scheduler

    def _beat(self, job: Job) -> Callable[[], None]:
        def beat() -> None:
            if self.stop.is_set():
                return
            try:
                with connected():
                    done = job.ask(now=self.clock())
            except Exception:
                log.exception("job failed", job=job.name)  # the next beat asks again
            else:
                if done:
                    log.info("job done", job=job.name, done=done)
            if has_queued():
                self.awake.set()

        return beat


def prepare(settings: Settings) -> None:
    """Bind what the bot needs; raises NotMigrated when the database is not ready."""
    bind_database(settings.database_url)
    keyring.initialize(settings)
    with connected():
        missing = pending()
    if missing:
        raise NotMigrated(", ".join(missing))


def start(settings: Settings) -> None:
    """Run the bot until it is told to stop; raises NotMigrated."""
    install_logging()
    prepare(settings)
    sys.setswitchinterval(LOCK_TURN_S)
    BotProcess(settings).run()
