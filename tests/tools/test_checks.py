"""The checks of the workshop find what they are there to find."""

import ast
from pathlib import Path

import pytest

from tools import check, check_imports, check_locks, check_sizes
from tools.check_sizes import Source

ROOM = Path("backend/card/ledger.py")


def source(text: str, path: Path = ROOM) -> Source:
    return Source(path, len(text.splitlines()), ast.parse(text))


def offences(text: str) -> list[str]:
    read = source(text)
    return [line for node in check_sizes.functions(read) for line in check_sizes.function_offences(read, node)]


@pytest.mark.parametrize(
    ("module", "target"),
    [
        ("backend.wechat.client", "wechatpy.client"),
        ("bot.process", "apscheduler.schedulers"),
        ("backend.core.http", "flask.Flask"),
        ("backend.service.orders.routes", "flask.Blueprint"),
        ("emulator.app", "flask.Flask"),
        ("bot.jobs", "backend.learning.lessons.due.publish"),
        ("bot.relay", "backend.messaging.deliveries"),
        ("backend.service.orders.workflow", "enum.StrEnum"),
    ],
)
def test_an_import_within_its_fence_is_allowed(module: str, target: str) -> None:
    assert check_imports.is_allowed(module, target)


@pytest.mark.parametrize(
    ("module", "target"),
    [
        ("backend.people.login", "wechatpy.WeChatClient"),
        ("bot.relay", "wechatpy.client"),
        ("backend.messaging.due", "apscheduler.triggers"),
        ("backend.service.orders.service", "flask.g"),
        ("bot.jobs", "flask.Flask"),
        ("bot.jobs", "backend.service.orders.service"),
        ("backend.service.orders.workflow", "backend.core.errors"),
    ],
)
def test_an_import_across_its_fence_is_refused(module: str, target: str) -> None:
    assert not check_imports.is_allowed(module, target)


def test_imports_inside_functions_are_seen_too() -> None:
    tree = ast.parse("import a.b\ndef f():\n    from c import d\nfrom . import near")
    assert list(check_imports.imports(tree)) == [(1, "a.b"), (3, "c.d")]


def test_a_function_of_fifty_lines_passes_and_one_more_does_not() -> None:
    assert offences("def f():\n" + "    x = 1\n" * 49) == []
    assert offences("def f():\n" + "    x = 1\n" * 50) == ["backend/card/ledger.py:1: f: 51 lines (at most 50)"]


def test_the_body_of_a_route_counts_without_its_docstring() -> None:
    head = '@bp.get("/x")\ndef f():\n    """Say."""\n'
    assert offences(head + "    x = 1\n" * 15) == []
    assert offences(head + "    x = 1\n" * 16) == [
        "backend/card/ledger.py:2: f: route with a body of 16 lines (at most 15)"
    ]


def test_seven_arguments_are_too_many_whatever_their_kind() -> None:
    assert offences("def f(self, a, /, b, c, *, d, e, g, **more): ...") == []
    assert len(offences("def f(a, /, b, c, *args, d, e, g, h): ...")) == 1


@pytest.mark.parametrize("name", ["utils.py", "helpers.py", "common", "manager.py", "base.py", "misc.py"])
def test_a_name_that_says_nothing_is_refused(name: str) -> None:
    found = list(check_sizes.file_offences(source("", Path("backend") / name / "x.py")))
    assert found == [f"backend/{name}/x.py:1: {name!r} says nothing: name the thing"]


def test_tests_may_be_longer_than_the_product() -> None:
    text = "x = 1\n" * 500
    assert list(check_sizes.file_offences(source(text, Path("tests/test_x.py")))) == []
    assert len(list(check_sizes.file_offences(source(text)))) == 1


def test_functions_must_be_short_on_the_whole() -> None:
    assert list(check_sizes.spread_offences([8] * 19 + [50])) == []
    assert len(list(check_sizes.spread_offences([9] * 20))) == 1
    assert len(list(check_sizes.spread_offences([5] * 16 + [30] * 4))) == 1


LOCK = "flask==3.1.3 \\\n    --hash=sha256:00\n    # via -r requirements.in\n"


@pytest.mark.parametrize("asked", ["Flask==3.1.3  # web", "flask", "# nothing", "-r other.in", ""])
def test_a_lock_that_holds_what_is_asked_is_complete(tmp_path: Path, asked: str) -> None:
    (tmp_path / "in").write_text(asked)
    (tmp_path / "lock").write_text(LOCK)
    assert list(check_locks.unmet(tmp_path / "in", tmp_path / "lock")) == []


@pytest.mark.parametrize("asked", ["flask==3.1.4", "peewee", "peewee==4.5.3"])
def test_what_is_not_locked_as_asked_is_named(tmp_path: Path, asked: str) -> None:
    (tmp_path / "in").write_text(asked)
    (tmp_path / "lock").write_text(LOCK)
    assert len(list(check_locks.unmet(tmp_path / "in", tmp_path / "lock"))) == 1


@pytest.mark.parametrize(
    "text", ["flask==3.1.3\n", "--index-url https://x\n", "flask @ file:///x\n", "--find-links /x\n"]
)
def test_a_lock_without_hash_or_with_a_place_is_unsafe(tmp_path: Path, text: str) -> None:
    (tmp_path / "lock").write_text(LOCK + text)
    assert list(check_locks.unsafe(tmp_path / "lock")) != []


def test_a_check_that_does_not_exist_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main(["nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err
