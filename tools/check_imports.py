"""Which library is used where, and what the pure modules may see: rules that layers cannot express.

`python -m tools.check_imports` prints each offender as `path:line: what` and exits 1 if there is one.
"""

import ast
import fnmatch
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

OURS = ("backend", "bot", "emulator", "bench", "tests", "tools")


@dataclass(frozen=True)
class Fence:
    """Modules within `inside` may import `target` only where `allowed` says so (patterns, packages whole)."""

    inside: str
    target: str
    allowed: tuple[str, ...]


BORDER = ("backend.app", "backend.core.application", "backend.core.http")
FENCES = (
    Fence("*", "wechatpy", ("backend.wechat",)),
    Fence("*", "apscheduler", ("bot",)),
    Fence("backend", "flask", (*BORDER, "backend.*.routes", "backend.desk")),
    Fence("bot", "flask", ()),
    *(Fence("*.workflow", name, ()) for name in OURS),
)
# of the backend, the bot sees the list of rooms, what is due in each, what delivering takes, and where the demo is
BOT_SEES = ("rooms", "*.due", "messaging", "wechat", "core", "demo.place")


def main() -> int:
    """Check the product; 1 if an import crosses a fence."""
    paths = [path for room in ("backend", "bot", "emulator") for path in sorted(Path(room).rglob("*.py"))]
    offences = [offence for path in paths for offence in offences_in(path)]
    print("\n".join(offences) or "imports: every library stays in its room")
    return 1 if offences else 0


def offences_in(path: Path) -> Iterator[str]:
    """Each import of this file that crosses a fence."""
    module = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    for line, target in imports(ast.parse(path.read_text(encoding="utf-8"))):
        if not is_allowed(module, target):
            yield f"{path}:{line}: {module} must not import {target}"


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Every absolute import, wherever in the file it stands, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, item.name) for item in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.lineno, f"{node.module}.{item.name}") for item in node.names)


def is_allowed(module: str, target: str) -> bool:
    """Whether no fence stands between a module and what it imports."""
    root = target.split(".")[0]
    fences = [fence for fence in FENCES if fence.target == root and matches(module, (fence.inside,))]
    if any(not matches(module, fence.allowed) for fence in fences):
        return False
    return not (matches(module, ("bot",)) and root == "backend") or matches(target.partition(".")[2], BOT_SEES)


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a dotted name is what one of the patterns names, or lies below it."""
    return any(fnmatch.fnmatch(name, form) for pattern in patterns for form in (pattern, f"{pattern}.*"))


if __name__ == "__main__":
    sys.exit(main())
