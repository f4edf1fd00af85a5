"""The test server itself: it does not outlive the process that started it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

HOLD = """
import importlib.util, sys, time
spec = importlib.util.spec_from_file_location("postgres_server", sys.argv[1])
module = sys.modules["postgres_server"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
with module.running_server() as server:
    print(server.folder, flush=True)
    time.sleep(60)
"""


def answers(folder: Path) -> bool:
    try:
        psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.mark.postgres
def test_a_killed_test_run_leaves_no_server():
    launcher = Path(__file__).parents[2] / "postgres_server.py"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, launcher], stdout=subprocess.PIPE, text=True
    ) as process:
        folder = Path(process.stdout.readline().strip())
        try:
            assert answers(folder)
            process.kill()
            process.wait()
            end = time.monotonic() + 10
            while answers(folder) and time.monotonic() < end:
                time.sleep(0.05)
            assert not answers(folder)
        finally:
            process.kill()
            shutil.rmtree(folder, ignore_errors=True)  # the dying server takes its own files away


@pytest.mark.postgres
def test_every_database_is_empty_and_its_own(postgres_server):
    urls = [postgres_server.new_database() for _ in range(2)]
    assert len(set(urls)) == 2
    with psycopg.connect(urls[0]) as connection:
        connection.execute("CREATE TABLE mark (x int)")
    with psycopg.connect(urls[1]) as connection:
        assert connection.execute("SELECT to_regclass('mark')").fetchone() == (None,)
    for url in urls:
        postgres_server.drop_database(url)
