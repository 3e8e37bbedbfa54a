"""The pages for a person: all chats, one phone, one group."""

from flask import Blueprint, Response, abort, jsonify, render_template, request

from emulator.pages import feed
from emulator.platform import Platform

# No foreign host is ever asked; pictures of robots come as data.
POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"


def pages_blueprint(platform: Platform) -> Blueprint:
    blueprint = Blueprint(
        "pages",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/pages/static",
    )

    @blueprint.after_request
    def protect(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    @blueprint.get("/")
    def overview() -> str:
        return render_template("chats.html", view="overview", chat="")

    @blueprint.get("/phone/<name>")
    def phone(name: str) -> str:
        user = platform.world.user(name) or abort(404)
        return render_template("chats.html", view="single", chat=f"user:{user.name}", title=user.display_name)

    @blueprint.get("/group/<key>")
    def group(key: str) -> str:
        known = {entry["id"]: entry["name"] for entry in feed.people(platform)["groups"]}
        if key not in known:
            abort(404)
        return render_template("chats.html", view="single", chat=f"group:{key}", title=known[key])

    @blueprint.get("/pages/people")
    def people() -> Response:
        return jsonify(feed.people(platform))

    @blueprint.get("/pages/news")
    def news() -> Response:
        after = request.args.get("after", 0, type=int)
        return jsonify(feed.news(platform, after, request.args.get("chat", "")))

    return blueprint
