"""The web application for a WSGI server: `granian --interface wsgi wsgi:app`."""

from backend.app import create_app

app = create_app()
