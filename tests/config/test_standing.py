import socket
from pathlib import Path

import pytest

from config import embedded
from config.demo import standing


def test_a_port_in_use_is_refused_with_a_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(standing.CannotStand, match=f"Port {port} cannot be used"):
            standing.refuse_port_in_use(port)


@pytest.mark.parametrize("port", [70_000, -1])
def test_no_port_at_all_is_refused(port):
    with pytest.raises(standing.CannotStand, match="is not a port"):
        standing.refuse_port_in_use(port)


def test_a_folder_is_held_by_one_demo(tmp_path):
    with (
        standing.held(tmp_path),
        pytest.raises(standing.CannotStand, match="already"),
        standing.held(tmp_path),
    ):
        pass
    with standing.held(tmp_path):
        pass


def test_fresh_removes_a_demo_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / "facet.sqlite3").write_text("x")
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "gen-1").write_text("x")
    standing.clear(tmp_path)
    assert not list(tmp_path.iterdir())

    (tmp_path / "thesis.txt").write_text("x")
    (tmp_path / "facet.sqlite3").write_text("x")
    with pytest.raises(standing.CannotStand, match=r"thesis\.txt"):
        standing.clear(tmp_path)
    assert (tmp_path / "facet.sqlite3").exists()


def test_the_demo_runs_on_the_servers_that_the_environment_names(tmp_path, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/facet")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
    monkeypatch.setenv("FACET_MODE", "production")
    environment = standing.child_environment(tmp_path)
    assert environment["DATABASE_URL"] == "postgres://elsewhere/facet"
    assert environment["REDIS_URL"] == "redis://elsewhere/0"
    assert "FACET_MODE" not in environment
    assert "broker" not in standing.processes(tmp_path, 8000)
    with pytest.raises(standing.CannotStand, match="DATABASE_URL"):
        standing.clear(tmp_path)


def test_the_demo_brings_its_own_broker_where_none_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("REDIS_URL", raising=False)
    environment = standing.child_environment(tmp_path)
    assert environment["REDIS_URL"] == embedded.broker_url(tmp_path)
    assert environment["FACET_DATA"] == str(tmp_path)
    assert "broker" in standing.processes(tmp_path, 8000)


def test_a_long_path_gets_a_socket_elsewhere(tmp_path):
    near, far = tmp_path / "a", tmp_path / ("deep/" * 30)
    assert embedded.socket_path(near) == near / "valkey.sock"
    found = embedded.socket_path(far)
    assert len(str(found)) <= embedded.SOCKET_PATH_LIMIT
    assert found == embedded.socket_path(far)
    assert found.parent.stat().st_mode & 0o077 == 0
    found.parent.rmdir()


def test_a_path_with_spaces_makes_a_url():
    assert embedded.broker_url(Path("/tmp/my data")) == "unix:///tmp/my%20data/valkey.sock"
