"""Sizes and names: small functions, small files, thin routes, and no file named after nothing.

`python -m tools.check_sizes` prints each offender as `path:line: what` and exits 1 if there is one.
"""

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

PRODUCT = ("backend", "bot", "emulator", "bench", "tools", "wsgi.py")
MAX_FUNCTION = 50
MAX_MEDIAN = 8
MAX_P90 = 25
MAX_FILE = 400
MAX_TEST_FILE = 600
MAX_ROUTE = 15
MAX_ARGUMENTS = 6
EMPTY_NAMES = re.compile(r"(utils?|helpers?|common|managers?|base|misc)(\.py)?")
ROUTE_VERBS = {"get", "post", "put", "delete", "patch", "route"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One Python file, read and parsed."""

    path: Path
    lines: int
    tree: ast.Module

    @property
    def is_product(self) -> bool:
        """Whether the limits on functions hold here; migrations are frozen, tests may tell a story."""
        return self.path.parts[0] in PRODUCT

    @property
    def max_lines(self) -> int:
        """The limit on the length of this file."""
        return MAX_TEST_FILE if self.path.parts[0] == "tests" else MAX_FILE


def main() -> int:
    """Check every file that git knows or would take; 1 if anything is too large or named after nothing."""
    sources = [read(path) for path in python_files()]
    product = [(source, function) for source in sources if source.is_product for function in functions(source)]
    offences = [line for source in sources for line in file_offences(source)]
    offences += [line for source, function in product for line in function_offences(source, function)]
    offences += spread_offences([length(function) for _, function in product])
    print("\n".join(offences) or "sizes: all within their limits")
    return 1 if offences else 0


def python_files() -> list[Path]:
    """Python files of the repository, new ones included, ignored ones not."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\n")
    return [path for path in map(Path, sorted(set(listed))) if path.is_file()]


def read(path: Path) -> Source:
    """Parse one file."""
    text = path.read_text(encoding="utf-8")
    return Source(path, len(text.splitlines()), ast.parse(text, filename=str(path)))


def functions(source: Source) -> list[Function]:
    """All functions and methods, nested ones too."""
    return [node for node in ast.walk(source.tree) if isinstance(node, Function)]


def length(node: Function) -> int:
    """Lines from `def` to the last one."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def file_offences(source: Source) -> Iterator[str]:
    """What is wrong with the file as such."""
    if source.lines > source.max_lines:
        yield f"{source.path}:1: file of {source.lines} lines (at most {source.max_lines})"
    for part in source.path.parts:
        if EMPTY_NAMES.fullmatch(part):
            yield f"{source.path}:1: {part!r} says nothing: name the thing"


def function_offences(source: Source, node: Function) -> Iterator[str]:
    """What is wrong with one function."""
    place = f"{source.path}:{node.lineno}: {node.name}"
    if length(node) > MAX_FUNCTION:
        yield f"{place}: {length(node)} lines (at most {MAX_FUNCTION})"
    if is_route(node) and body_length(node) > MAX_ROUTE:
        yield f"{place}: route with a body of {body_length(node)} lines (at most {MAX_ROUTE})"
    if argument_count(node) > MAX_ARGUMENTS:
        yield f"{place}: {argument_count(node)} arguments (at most {MAX_ARGUMENTS})"


def is_route(node: Function) -> bool:
    """Whether it is decorated as `@anything.get(…)` and the like."""
    called = (item.func for item in node.decorator_list if isinstance(item, ast.Call))
    return any(isinstance(target, ast.Attribute) and target.attr in ROUTE_VERBS for target in called)


def body_length(node: Function) -> int:
    """Lines of the body, without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return (body[-1].end_lineno or body[-1].lineno) - body[0].lineno + 1 if body else 0


def argument_count(node: Function) -> int:
    """Arguments that a caller thinks of: neither self nor cls, nor *args and **kwargs."""
    names = [item.arg for item in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return len([name for name in names if name not in {"self", "cls"}])


def spread_offences(lengths: Iterable[int]) -> Iterator[str]:
    """What is wrong with the functions taken together."""
    ordered = sorted(lengths)
    median = statistics.median(ordered)
    p90 = ordered[int(len(ordered) * 0.9)]
    print(f"sizes: {len(ordered)} functions, median {median:g} lines, p90 {p90}, longest {ordered[-1]}")
    if median > MAX_MEDIAN:
        yield f"median function of {median:g} lines (at most {MAX_MEDIAN})"
    if p90 > MAX_P90:
        yield f"one function in ten has more than {p90 - 1} lines (at most {MAX_P90})"


if __name__ == "__main__":
    sys.exit(main())
