"""Start the emulator of WeChat and WeCom."""

import argparse
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from emulator.app import create_app
from emulator.config import DEMO_FILE, load_world
from emulator.control.origins import LOOPBACK
from emulator.plain import ShapeError
from emulator.platform import Platform
from emulator.server import PortBusy, Server
from emulator.snapshot import Saver, load


def main(arguments: list[str] | None = None) -> int:
    """0 after SIGINT or SIGTERM; 1, with one line that says why, when it cannot start or save."""
    options = _options(arguments)
    try:
        platform = Platform(lambda: load_world(options.config, options.callback_base))
        if options.state:
            load(platform, options.state)
        server = Server(options.host, options.port, create_app(platform))
        saver = Saver(platform, options.state) if options.state else None
        _serve(server)
        if saver:
            saver.stop()
    except PortBusy as fault:
        return _fail(str(fault.strerror))
    except (ShapeError, OSError) as fault:
        return _fail(str(fault))
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    environ = os.environ
    parser = argparse.ArgumentParser(prog="python -m emulator", description=__doc__)
    parser.add_argument("--host", default=environ.get("HOST") or "127.0.0.1", help="HOST, 127.0.0.1")
    parser.add_argument(
        "--port", type=int, default=environ.get("EMULATOR_PORT") or "8001", help="EMULATOR_PORT, 8001; 0: any"
    )
    parser.add_argument("--config", type=Path, default=DEMO_FILE, help="who and what exists; the demo")
    parser.add_argument("--state", type=Path, help="file that keeps the state over a restart")
    parser.add_argument(
        "--callback-base",
        default=environ.get("EMULATOR_CALLBACK_BASE", ""),
        help="EMULATOR_CALLBACK_BASE: the app's server, called at <base>/wechat/miniprogram and …/official",
    )
    return parser.parse_args(arguments)


def _serve(server: Server) -> None:
    """Until SIGINT or SIGTERM."""
    try:
        signal.signal(signal.SIGTERM, _interrupt)
        signal.signal(signal.SIGINT, _interrupt)
        _announce(server)
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        # A second signal must not break off the saving.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        server.stop()


def _announce(server: Server) -> None:
    if server.host not in LOOPBACK:
        warning = f"emulator: {server.host} is open to other machines, and nothing here asks who they are"
        print(warning, file=sys.stderr)
    print(f"emulator: http://{server.host}:{server.port}/", flush=True)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _fail(reason: str) -> int:
    print(f"emulator: {reason}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
