"""A real browser at a real server: what only Chromium can tell."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Page
from werkzeug.serving import make_server

BIG, SMALL, PHONE = (1440, 900), (1280, 720), (390, 844)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The application at an address of this machine."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def listen(page: Page, base: str, complaints: list[str]) -> None:
    """Note what scripts complain about, and every request that leaves the site."""
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.extend([said.text] if said.type in {"error", "warning"} else []))
    page.on(
        "request",
        lambda asked: complaints.extend([] if asked.url.startswith((base, "data:", "blob:")) else [asked.url]),
    )


FAULTS = (Path(__file__).parent / "faults.js").read_text(encoding="utf-8").partition("\n")[2]
NEXT_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def faults_in(page: Page, size: tuple[int, int]) -> list[str]:
    """What is wrong with the open page in a size, once its charts have followed."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.evaluate(NEXT_FRAMES)
    return [f"{urlsplit(page.url).path} at {size[0]}: {fault}" for fault in page.evaluate(FAULTS)]
