"""The locks: all that *.in asks for is in them, every line has its hashes, and both agree on versions.

`python -m tools.check_locks` prints each offence and exits 1 if there is one; `make lock` mends most.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)")
ASKED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^]]*\])?(?:==([^\s;]+))?")
PLACE = re.compile(r"://|--(?:extra-)?index-url|--find-links| @ ")


def main() -> int:
    """Compare both locks with what they are made from and with each other."""
    runtime, development = (Path(name) for name in ("requirements.txt", "requirements-dev.txt"))
    offences = [*unmet(Path("requirements.in"), runtime), *unmet(Path("requirements-dev.in"), development)]
    offences += [*unsafe(runtime), *unsafe(development)]
    offences += [
        f"{development}: {name} is {locked(development).get(name)}, {runtime} has {version}"
        for name, version in locked(runtime).items()
        if locked(development).get(name) != version
    ]
    print("\n".join(offences) or "locks: complete, hashed, in agreement")
    return 1 if offences else 0


def canonical(name: str) -> str:
    """A package name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: Path) -> dict[str, str]:
    """Versions by package name."""
    found = map(PIN.match, lock.read_text(encoding="utf-8").splitlines())
    return {canonical(pin[1]): pin[2] for pin in found if pin}


def unmet(asked: Path, lock: Path) -> Iterator[str]:
    """What is asked for, but not locked in that version."""
    versions = locked(lock)
    for line in asked.read_text(encoding="utf-8").splitlines():
        wish = ASKED.match(line)
        if not wish:
            continue
        version = versions.get(canonical(wish[1]))
        if not version or wish[2] not in {None, version}:
            yield f"{lock}: {wish[0]} of {asked} is not locked; run make lock"


def unsafe(lock: Path) -> Iterator[str]:
    """Requirements without a hash, and lines that name where a package comes from."""
    text = lock.read_text(encoding="utf-8")
    for block in re.split(r"\n(?=\S)", text):
        if PIN.match(block) and "--hash=sha256:" not in block:
            yield f"{lock}: {block.splitlines()[0]} has no hash"
    yield from (f"{lock}: names a place: {line.strip()}" for line in text.splitlines() if PLACE.search(line))


if __name__ == "__main__":
    sys.exit(main())
