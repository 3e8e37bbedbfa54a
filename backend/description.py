"""The API description as it is committed: the same whatever the settings of the machine are."""

from typing import Any

from backend.app import create_app
from backend.core.settings import load_settings
from backend.operation.routes import api_description

PLACEHOLDERS = {
    "DATABASE_URL": "sqlite:///:memory:",
    "SECRET_KEY": "only-to-build-the-description-of-the-api",
    "FIELD_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "MINIPROGRAM_APPID": "wx",
    "MINIPROGRAM_SECRET": "none",
    "MINIPROGRAM_TOKEN": "none",
}


def current_description() -> dict[str, Any]:
    """What /openapi.json answers."""
    app = create_app(load_settings(PLACEHOLDERS))
    with app.app_context():
        return api_description()
