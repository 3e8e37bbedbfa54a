"""The web application: both platforms, the control calls, the pages."""

from collections.abc import Callable

from flask import Flask, Response, jsonify, request

from emulator import qy, wx
from emulator.answers import DIALECTS
from emulator.calls import register
from emulator.control.origins import allow_local_origins
from emulator.control.routes import control_blueprint
from emulator.errors import PlatformError
from emulator.pages.oauth import oauth_blueprint
from emulator.pages.routes import pages_blueprint
from emulator.platform import Platform

INVALID_URL = 40066


def create_app(platform: Platform) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]
    register(app, platform, "/wx", wx.ENDPOINTS)
    register(app, platform, "/qy", qy.ENDPOINTS)
    _refuse_the_rest(app, platform)
    for blueprint in (control_blueprint(platform), oauth_blueprint(platform), pages_blueprint(platform)):
        app.register_blueprint(blueprint)
    app.after_request(allow_local_origins)
    app.after_request(_note_change(platform))

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    return app


def _note_change(platform: Platform) -> Callable[[Response], Response]:
    def note(response: Response) -> Response:
        if request.method != "GET" or request.path.startswith(("/wx/", "/qy/")):
            platform.changed = True
        return response

    return note


def _refuse_the_rest(app: Flask, platform: Platform) -> None:
    """An address that is no endpoint gets the platform's own error, not a page."""

    @app.route("/<any(wx, qy):root>/<path:path>", methods=["GET", "POST"])
    def unknown(root: str, path: str) -> Response:
        platform.note_refusal(f"/{root}/{path}", INVALID_URL, "invalid url")
        return DIALECTS[f"/{root}"].refusal(PlatformError(INVALID_URL, "invalid url"), platform.clock.now())
