"""Whatever way leads into a home: afterwards only its owner reads what lies there."""

import os
import stat
from pathlib import Path

import pytest

import testamur
from testamur.contracts.errors import StoreError
from testamur.interfaces.desk import Desk
from testamur.interfaces.fault_log import write_fault
from testamur.interfaces.invocation import Invocation
from testamur.settings import keep_private, make_home, make_private

OPEN = 0o077


@pytest.fixture(autouse=True)
def usual_umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def submit_frame(cli, home, table):
    import polars as pl

    testamur.submit(data=pl.read_csv(table.parent / "mine.csv"), target="left", positive="yes", home=home)


def submit_file(cli, home, table):
    assert cli("job", "submit", table).exit_code == 0


def make_key(cli, home, table):
    assert cli("key", "init").exit_code == 0


def export_key(cli, home, table):
    assert cli("key", "export").exit_code == 0


def list_jobs(cli, home, table):
    assert cli("job", "list").exit_code == 0


def run_here(cli, home, table):
    flags = ["--epochs", "1", "--set", "model.options.members=2", "--set", "audit.bootstrap=100"]
    for part in ("self_check=off", "privacy_attacks=none", "baselines=few"):
        flags += ["--set", f"audit.{part}"]
    done = cli("run", table, *flags)
    assert done.exit_code in (0, 10), done.output


def log_fault(cli, home, table):
    assert write_fault(ValueError("x"), home) is not None


def keep_block_list(cli, home, table):
    from testamur.hooks.blocklist import disable

    disable(home, "health")


WAYS = (submit_frame, submit_file, make_key, export_key, list_jobs, run_here, log_fault, keep_block_list)


@pytest.mark.parametrize("before", ["absent", "open"])
@pytest.mark.parametrize("enter", WAYS, ids=lambda way: way.__name__)
def test_every_way_in_closes_the_home(enter, before, surroundings, cli, home, table):
    if before == "open":
        home.mkdir()
        home.chmod(0o755)
    enter(cli, home, table)
    assert mode(home) == 0o700
    for path in [*home.glob("testamur.db*"), *home.rglob("*.parquet"), *home.rglob("restricted/*")]:
        assert mode(path) & OPEN == 0, path


def test_an_open_database_of_an_earlier_version_is_closed(surroundings, home):
    home.mkdir()
    (home / "testamur.db").touch(0o644)
    with Desk(Invocation(home=home).settings()) as desk:
        assert desk.jobs.list([], limit=1) == []
        assert all(mode(path) == 0o600 for path in home.glob("testamur.db*"))


def test_missing_parents_are_private_and_present_ones_are_left(tmp_path):
    tmp_path.chmod(0o755)
    make_home(tmp_path / "a" / "b")
    assert (mode(tmp_path), mode(tmp_path / "a"), mode(tmp_path / "a" / "b")) == (0o755, 0o700, 0o700)


def test_a_home_may_be_reached_through_a_link(tmp_path):
    (tmp_path / "disk").mkdir(mode=0o755)
    (tmp_path / "home").symlink_to(tmp_path / "disk")
    make_home(tmp_path / "home")
    assert mode(tmp_path / "disk") == 0o700


def test_a_folder_of_all_users_is_refused_and_left_as_it_is(tmp_path):
    shared = tmp_path / "tmp"
    shared.mkdir()
    shared.chmod(0o1777)
    with pytest.raises(StoreError, match="all users share it"):
        make_home(shared)
    assert mode(shared) == 0o1777
    with pytest.raises(PermissionError, match="all users share it"):
        make_private(Path("/"))


def test_a_file_in_the_place_of_the_home_is_told(tmp_path):
    (tmp_path / "home").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        make_home(tmp_path / "home")


def test_keeping_a_file_private_leaves_what_is_in_it(tmp_path):
    file = tmp_path / "rows"
    file.write_text("kept")
    file.chmod(0o644)
    keep_private(file)
    assert (file.read_text(), mode(file)) == ("kept", 0o600)
