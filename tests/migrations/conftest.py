"""An empty database of the kind in use."""

from tests.databases import empty_database as empty_database
