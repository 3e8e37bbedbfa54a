"""Builds the H5 client into `backend/static/m/`, which is committed: `make run` needs no Node (`make client`).

The stamp in there says which sources it was built from; a test compares it with the sources as they are.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "miniprogram"
BUILT = ROOT / "backend" / "static" / "m"
STAMP = "built-from.txt"
MADE_FOR_TYPES_ONLY = "src/api/schema.d.ts"


def main() -> int:
    """Install what the build needs, build, put the files in place with their stamp."""
    install()
    run_npm("run", "-s", "build:h5")
    shutil.rmtree(BUILT, ignore_errors=True)
    shutil.copytree(SOURCES / "dist" / "build" / "h5", BUILT)
    (BUILT / STAMP).write_text(stamp_of_sources() + "\n")
    print(f"client: {sum(file.stat().st_size for file in BUILT.rglob('*') if file.is_file()):,} bytes")
    return 0


def install() -> None:
    """`npm ci`, unless it was done for this very lock."""
    lock = (SOURCES / "package-lock.json").read_bytes()
    mark = SOURCES / "node_modules" / ".installed-for"
    wanted = hashlib.sha256(lock).hexdigest()
    if not (mark.is_file() and mark.read_text() == wanted):
        run_npm("ci", "--no-audit", "--no-fund", "--loglevel=error")
        mark.write_text(wanted)


def run_npm(*arguments: str, **environ: str) -> None:
    """Run npm in the folder of the client; CI keeps the build from telling its maker about this machine."""
    subprocess.run(["npm", *arguments], cwd=SOURCES, env=os.environ | {"CI": "1"} | environ, check=True)


def stamp_of_sources() -> str:
    """A digest of all that goes into the build."""
    single = [SOURCES / name for name in ("index.html", "package-lock.json", "vite.config.mts")]
    digest = hashlib.sha256()
    for file in sorted([*single, *(SOURCES / "src").rglob("*")]):
        name = file.relative_to(SOURCES).as_posix()
        if file.is_file() and name != MADE_FOR_TYPES_ONLY:
            digest.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
