"""All checks that need no test: what fails is shown, the last line says which did.

As many run at once as there are cores.

`python -m tools.check`, or with names for some of them: `python -m tools.check types sizes`.
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

BIN = Path(sys.executable).parent
PYTHON = (sys.executable, "-m")
CHECKS = {
    "format": (BIN / "ruff", "format", "--check", "--output-format", "concise", "."),
    "lint": (BIN / "ruff", "check", "--output-format", "concise", "."),
    "types": (*PYTHON, "mypy", "backend", "bot", "emulator", "wsgi.py", "tools"),
    "layers": (BIN / "lint-imports",),
    "imports": (*PYTHON, "tools.check_imports"),
    "sizes": (*PYTHON, "tools.check_sizes"),
    "locks": (*PYTHON, "tools.check_locks"),
    "dependencies": (BIN / "deptry", "."),
    "openapi": (*PYTHON, "backend", "openapi", "--check"),
    "migrations": (*PYTHON, "backend", "migrate", "--check"),
}


def main(names: list[str]) -> int:
    """Run the checks of these names, all of them if none is given; 1 if one of them failed."""
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        print(f"no such check: {', '.join(unknown)}; there are {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    chosen = names or list(CHECKS)
    with ThreadPoolExecutor(os.cpu_count()) as beside_each_other:
        failed = [name for name, well in zip(chosen, beside_each_other.map(passes, chosen), strict=True) if not well]
    print(f"check: failed: {', '.join(failed)}" if failed else "check: all well")
    return 1 if failed else 0


def passes(name: str) -> bool:
    """Run one check and show what it has to say if it fails."""
    began = time.monotonic()
    command = [str(part) for part in CHECKS[name]]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"NO_COLOR": "1"})
    verdict = "failed" if done.returncode else "ok"
    complaints = f"{(done.stdout + done.stderr).rstrip()}\n\n" if done.returncode else ""
    # in one piece, since others speak at the same time
    print(f"{name:<13}{verdict:<8}{time.monotonic() - began:5.1f} s\n{complaints}", end="", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
