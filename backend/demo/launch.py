"""`python -m backend demo run`: web, bot and emulator in the foreground, with one log and one Ctrl-C.

It imports little, and skips the preparation of a database that says it has had it, so that a second start is
quick. Exit codes: 0 ended as asked, 1 a program died, 2 the demo cannot run as asked.
"""

import os
import signal
import sqlite3
import sys
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from types import FrameType

from backend.core.settings import SettingsError, load_settings
from backend.demo.place import LOOPBACK, ROOT, Place, Unusable, check_ports, demo_environment, read_place
from backend.demo.programs import Program, RunningProgram, end_all, painted, write_line
from backend.demo.welcome import answers, welcome

ENDED, DIED, UNUSABLE = 0, 1, 2
PATIENCE_S = 8.0
WATCH_S = 0.2
ASK_HEALTH_S = 0.03
RED = 31
PREPARING_FILES = (ROOT / "migrations", ROOT / "backend")  # first rows are written by any room

Environ = Mapping[str, str]
# the account of the demo gets its menu as a real one does
PUT_MENU = Program("公", "公众号菜单", 36, (sys.executable, "-m", "backend", "menu", "put"))


def run() -> int:
    """Run the demo until Ctrl-C or SIGTERM; returns the exit code."""
    try:
        place = read_place(os.environ)
        check_ports(place)
        environ = demo_environment(place, os.environ)
        return Supervisor(place, programs(place), lambda: prepare(environ), errands=(PUT_MENU,)).run(environ)
    except (Unusable, SettingsError) as error:
        print(error, file=sys.stderr)
        return UNUSABLE


def programs(place: Place) -> tuple[Program, Program, Program]:
    """Emulator, web and bot, in the order in which they are needed."""
    server = (
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--workers",
        "1",
        "--blocking-threads",
        "8",
    )
    listen = ("--host", place.host, "--port", str(place.port), "--log-level", "error", "--no-ws")
    state = ("--state", str(place.folder / "emulator.json"))
    there = ("--host", LOOPBACK, "--port", str(place.emulator_port), *state)
    return (
        Program(
            "wx",
            "微信模拟器",
            32,
            (sys.executable, "-m", "emulator", *there),
            place.emulator_url + "/healthz",
        ),
        Program("web", "网站", 34, (*server, *listen, "wsgi:app"), place.web_url + "/healthz"),
        Program("bot", "机器人", 35, (sys.executable, "-m", "bot")),
    )


class Supervisor:
    """Starts the programs, watches them, ends them. The bot waits for the web: it can spare the second.

    Errands are run once when all is up; how they end is in the log and ends nothing else.
    """

    def __init__(
        self,
        place: Place,
        programs: tuple[Program, Program, Program],
        prepare: Callable[[], None],
        *,
        errands: Sequence[Program] = (),
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._place = place
        self._programs = programs
        self._prepare = prepare
        self._errands = errands
        self._patience_s = patience_s
        self._on_errands: list[RunningProgram] = []
        self._running: list[RunningProgram] = []
        self._asked_to_end = threading.Event()
        self._hurry = threading.Event()

    def run(self, environ: Environ) -> int:
        """From start to end; returns the exit code."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        try:
            self._start(environ)
            self._watch()
            dead = [program for program in self._running if program.exit_code is not None]
            ended_by_itself = dead and not self._asked_to_end.is_set()
            write_line("正在结束…" if not ended_by_itself else "")
        finally:
            end_all([*self._running, *self._on_errands], patience_s=self._patience_s, hurry=self._hurry)
        if ended_by_itself:
            write_line(_obituary(dead[0]))
            return DIED
        write_line("已结束，数据已保留")
        return ENDED

    def _start(self, environ: Environ) -> None:
        emulator, web, bot = self._programs
        self._launch(emulator, environ)
        self._prepare()
        self._launch(web, environ)
        if self._become_healthy([emulator, web]):
            self._launch(bot, environ)
            write_line(welcome(self._place))
            self._on_errands = [RunningProgram(errand, environ) for errand in self._errands]

    def _launch(self, program: Program, environ: Environ) -> None:
        if not self._over():
            self._running.append(RunningProgram(program, environ))

    def _become_healthy(self, awaited: Sequence[Program]) -> bool:
        """Wait until all of them answer; False if it is over before that."""
        waiting = [program.health for program in awaited if program.health]
        while waiting and not self._over():
            if answers(waiting[0]):
                waiting.pop(0)
            else:
                self._asked_to_end.wait(ASK_HEALTH_S)
        return not waiting

    def _watch(self) -> None:
        while not self._over():
            self._asked_to_end.wait(WATCH_S)

    def _over(self) -> bool:
        return self._asked_to_end.is_set() or any(program.exit_code is not None for program in self._running)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        """The first one ends the demo, a second one does so at once."""
        if self._asked_to_end.is_set():
            self._hurry.set()
        self._asked_to_end.set()


def _obituary(program: RunningProgram) -> str:
    head = f"{program.program.label}（{program.program.tag}）意外退出，代码 {program.exit_code}；它最后的输出："
    return "\n".join([painted(head, RED), *(f"    {line}" for line in program.last_lines)])


def prepare(environ: Environ) -> None:
    """Migrate and load the demo branch, unless the database says that these very files did so before."""
    if is_prepared(environ):
        return
    import peewee as pw

    from backend.core.database import database
    from backend.demo.prepare import prepare_demo

    write_line("正在准备演示数据…")
    try:
        prepare_demo(load_settings(environ))
    except pw.OperationalError as error:
        if _sqlite_file(environ):
            raise
        raise Unusable(f"数据库不可用（错误 {error.args[0]}），请检查 DATABASE_URL") from None
    database.obj.close_all()
    mark_prepared(environ)


def is_prepared(environ: Environ) -> bool:
    """Whether the database was prepared by the files as they are now; only SQLite can tell without a driver."""
    file = _sqlite_file(environ)
    if file is None or not file.is_file():
        return False
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        try:
            found = connection.execute("PRAGMA user_version").fetchone()
        except sqlite3.DatabaseError:
            return False
    return bool(found[0] == _current_mark())


def mark_prepared(environ: Environ) -> None:
    """Note in the database itself which files have prepared it: a copy put back brings its own mark along."""
    file = _sqlite_file(environ)
    if file is not None:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute(f"PRAGMA user_version = {_current_mark():d}")


def _sqlite_file(environ: Environ) -> Path | None:
    scheme, found, path = environ.get("DATABASE_URL", "").partition("sqlite:///")
    return Path(path).absolute() if found and not scheme else None


def _current_mark() -> int:
    """A number that changes with what migrates and loads; fits the 31 bits that SQLite keeps for its user."""
    files = sorted(file for folder in PREPARING_FILES for file in folder.rglob("*") if file.is_file())
    mark = 0
    for file in files:
        if "__pycache__" not in file.parts:
            mark = zlib.crc32(file.read_bytes(), zlib.crc32(file.name.encode(), mark))
    return mark & 0x7FFFFFFF or 1
