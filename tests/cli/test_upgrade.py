"""A database of another version: refused plainly, with the way out; upgraded when asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from alembic import command

from laurea.errors import SetupMissing
from laurea.store import migrate
from laurea.store.engine import open_engine, writing

OLD = "0014"
Say = Callable[..., tuple[int, str, str]]


def test_a_database_of_another_version_is_refused_plainly(laurea: Say, tmp_path: Path) -> None:
    engine = open_engine(f"sqlite+pysqlite:///{tmp_path / 'workspace' / 'laurea.db'}")
    with writing(engine) as connection:
        command.upgrade(migrate._config(connection), OLD)
    assert migrate.stands(engine) == "older"
    with pytest.raises(SetupMissing, match=f"it stands at {OLD}, this version needs"):
        migrate.must_be_newest(engine)
    for words in (["round", "status"], ["post"], ["officer", "a@example.org", "--name", "A", "--authority", "north"]):
        code, out, err = laurea(*words)
        assert (words, code, out) == (words, 1, "")
        assert "laurea db upgrade" in err
    code, out, _ = laurea("db", "upgrade")
    assert (code, f"Upgraded from {OLD} to" in out) == (0, True)
    assert laurea("round", "status")[0] == 0
    with writing(engine) as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert migrate.stands(engine) == "newer"
    code, _, err = laurea("round", "status")
    assert (code, "newer version of Laurea" in err) == (1, True)
    code, _, err = laurea("db", "upgrade")
    assert (code, "newer version of Laurea" in err) == (1, True)
    engine.dispose()
