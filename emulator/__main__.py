"""Start the emulator: `python -m emulator [--host H] [--port P] [--config FILE] [--state FILE]`."""

import argparse
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from emulator.app import create_app
from emulator.config import DEMO_FILE, load_world
from emulator.plain import ShapeError
from emulator.platform import Platform
from emulator.server import PortBusy, Server
from emulator.snapshot import Saver, load


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    try:
        platform = Platform(lambda: load_world(options.config, options.callback_base))
        if options.state:
            load(platform, options.state)
        server = Server(options.host, options.port, create_app(platform))
    except (ShapeError, PortBusy) as fault:
        print(f"emulator: {fault.strerror if isinstance(fault, OSError) else fault}", file=sys.stderr)
        return 1
    except OSError as fault:
        print(f"emulator: {fault}", file=sys.stderr)
        return 1
    saver = Saver(platform, options.state) if options.state else None
    _run(server)
    if saver:
        saver.stop()
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m emulator", description=__doc__)
    environ = os.environ
    parser.add_argument("--host", default=environ.get("HOST") or "127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=int(environ.get("EMULATOR_PORT") or 8001))
    parser.add_argument("--config", type=Path, default=DEMO_FILE, help="who and what exists (default: the demo)")
    parser.add_argument("--state", type=Path, help="file that keeps the state over a restart")
    parser.add_argument(
        "--callback-base",
        default=environ.get("EMULATOR_CALLBACK_BASE", ""),
        help="address of the app's server: callbacks go to <base>/wechat/miniprogram and …/official",
    )
    return parser.parse_args(arguments)


def _run(server: Server) -> None:
    """Until SIGINT or SIGTERM."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    print(f"emulator: http://{server.host}:{server.port}/", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(main())
