"""Runs the real supervisor over three stub programs: `python -m tests.demo.stub_demo [how the bot behaves]`.

PORT and EMULATOR_PORT say where; each stub prints `<name> pid <number>` first.
"""

import os
import sys

from backend.demo.launch import Supervisor
from backend.demo.place import read_place
from backend.demo.programs import Program

SERVER = """
import http.server, os, sys
class Healthy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()
    def log_message(self, *_):
        pass
print("{name} pid", os.getpid(), flush=True)
http.server.HTTPServer(("127.0.0.1", {port}), Healthy).serve_forever()
"""
BOTS = {
    "obedient": "signal.pause()",
    "dying": "print('最后的话', flush=True); sys.exit(7)",
    "deaf": "signal.signal(signal.SIGTERM, signal.SIG_IGN); print('is deaf', flush=True); time.sleep(60)",
}
BOT = "import os, signal, sys, time; print('bot pid', os.getpid(), flush=True); "


def main(behaviour: str) -> int:
    """As `backend.demo.launch.run`, with nothing to prepare."""
    place = read_place(os.environ)
    stubs = (
        Program("wx", "微信模拟器", 32, _server("emulator", place.emulator_port), f"{place.emulator_url}/healthz"),
        Program("web", "网站", 34, _server("web", place.port), f"{place.web_url}/healthz"),
        Program("bot", "机器人", 35, (sys.executable, "-c", BOT + BOTS[behaviour])),
    )
    errand = Program("erd", "差事", 36, (sys.executable, "-c", "print('errand done', flush=True); raise SystemExit(3)"))
    return Supervisor(place, stubs, lambda: None, errands=(errand,), patience_s=0.5).run(os.environ)


def _server(name: str, port: int) -> tuple[str, ...]:
    return (sys.executable, "-c", SERVER.format(name=name, port=port))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:] or ["obedient"]))
