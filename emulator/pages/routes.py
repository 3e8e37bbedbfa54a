"""The pages for a person."""

from flask import Blueprint, render_template

from emulator.platform import Platform


def pages_blueprint(platform: Platform) -> Blueprint:
    blueprint = Blueprint("pages", __name__, template_folder="templates", static_folder="static")

    @blueprint.get("/")
    def overview() -> str:
        return render_template("emulator.html")

    return blueprint
