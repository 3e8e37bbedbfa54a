"""Posts that were there before they had a public id."""

from backend.core import migration
from backend.core.database import database
from tests.databases import EmptyDatabase
from tests.migrations.test_migrations import runner

BEFORE, STEP = "0020_create_places", "0025_keep_posts"


def test_posts_get_an_id_each_and_the_last_term_survives_the_way_back(empty_database: EmptyDatabase) -> None:
    with empty_database():
        runner().up(BEFORE)
        database.execute_sql(
            "INSERT INTO organization (id, code, name, kind, path, created_at)"
            " VALUES (1, 'A', 'A', 'branch', '1.', '2026-01-01')"
        )
        database.execute_sql(
            "INSERT INTO account (id, public_id, display_name, created_at) VALUES (1, 'a', 'A', '2026-01-01')"
        )
        write("secretary", "2021-01-01")
        write("dispatcher", "2026-01-01")
        assert runner().up(STEP)[-1] == STEP
        ids = [row[0] for row in database.execute_sql("SELECT public_id FROM organization_post").fetchall()]
        assert [len(one) for one in ids] == [16, 16]
        assert len(set(ids)) == 2
        write("secretary", "2026-01-01", public_id="a-later-term")
        migration.roll_back(STEP)
        kept = database.execute_sql("SELECT role, starts_on FROM organization_post ORDER BY id").fetchall()
        assert [(role, str(day)) for role, day in kept] == [("dispatcher", "2026-01-01"), ("secretary", "2026-01-01")]


def write(role: str, starts_on: str, **more: str) -> None:
    """A row as the tables of the day take it."""
    values = {"organization_id": 1, "account_id": 1, "role": role, "starts_on": starts_on, **more}
    marks = ", ".join([database.obj.param] * len(values))
    database.execute_sql(f"INSERT INTO organization_post ({', '.join(values)}) VALUES ({marks})", list(values.values()))
