"""The deal desk on real databases: SQLite in a file, and PostgreSQL where it is installed."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"


def pytest_ignore_collect() -> bool | None:
    """Outside the checkout the example is not there."""
    return None if (EXAMPLES / "deal_desk").is_dir() else True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a server that lives as long as the tests; root starts it under another account."""
    pytest.importorskip("psycopg")
    initdb, pg_ctl = shutil.which("initdb"), shutil.which("pg_ctl")
    if initdb is None or pg_ctl is None:
        pytest.skip("PostgreSQL is not here: initdb and pg_ctl are not on the PATH")
    runs_as: dict[str, Any] = {"cwd": "/"}
    with tempfile.TemporaryDirectory(prefix="salesprocess-postgres-") as made:  # pytest's own are closed to others
        folder, port = Path(made), _free_port()
        if os.geteuid() == 0:
            try:
                account = pwd.getpwnam("postgres")
            except KeyError:
                pytest.skip("PostgreSQL does not run as root, and there is no account postgres")
            runs_as |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
            os.chown(folder, account.pw_uid, account.pw_gid)

        def run(program: str, *options: str) -> None:
            command = [str(Path(program).resolve()), "-D", str(folder / "data"), *options]
            with (folder / "said").open("w") as said:
                done = subprocess.run(command, check=False, stdout=said, stderr=subprocess.STDOUT, **runs_as)
            if done.returncode:
                pytest.skip(f"PostgreSQL does not start: {(folder / 'said').read_text().strip()}")

        run(initdb, "-U", "desk", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C")
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        run(pg_ctl, "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield f"postgresql+psycopg://desk@127.0.0.1:{port}/postgres"
        finally:
            run(pg_ctl, "-m", "immediate", "stop")


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    """An empty database."""
    sqlalchemy = pytest.importorskip("sqlalchemy")
    if request.param == "sqlite":
        made = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'deals.sqlite'}")
    else:
        made = sqlalchemy.create_engine(request.getfixturevalue("postgres"))
    yield made
    from deal_desk.store import METADATA

    METADATA.drop_all(made)
    made.dispose()


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 5, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(tmp_path: Path, clock: Callable[[], datetime]) -> Iterator[Any]:
    """The service on SQLite, by a client that needs no network."""
    pytest.importorskip("fastapi")
    pytest.importorskip("jinja2")
    pytest.importorskip("python_multipart")
    sqlalchemy = pytest.importorskip("sqlalchemy")
    testclient = pytest.importorskip("fastapi.testclient")
    from deal_desk.api import create_app
    from deal_desk.store import DealStore

    from salesprocess import Catalog, templates

    engine = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'deals.sqlite'}")
    catalog = Catalog([templates.load("startup"), templates.load("car_dealer")])
    app = create_app(DealStore(engine), catalog, serves="startup", clock=clock)
    with testclient.TestClient(app, headers={"X-Actor": "kari"}) as talking:
        yield talking
    engine.dispose()
