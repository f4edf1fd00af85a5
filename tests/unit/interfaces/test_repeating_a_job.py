"""A dossier's job file, laid beside the data in a folder of its own, gives the same weights and numbers."""

import json
import shutil
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from testamur.interfaces.cli import main

SMALL = [
    word
    for setting in (
        "model.options.members=2",
        "model.options.hidden=8",
        "audit.bootstrap=100",
        "audit.self_check=off",
    )
    for word in ("--set", setting)
]
SHORT = [*SMALL, "--set", "audit.privacy_attacks=none", "--set", "audit.baselines=few"]


def walk(folder, job, *more):
    arguments = ("--home", folder / "home", "run", job, "--json", *more)
    done = CliRunner().invoke(main, [str(word) for word in arguments])
    assert done.exit_code in (0, 10), done.output
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sender")
    rows = [
        f"{20 + i % 50};{'fm'[i % 2]};{i % 7};{'yes' if (i % 7) + (i % 3) > 4 else 'no'}" for i in range(300)
    ]
    (folder / "mine.csv").write_text("age;sex;visits;left\n" + "\n".join(rows) + "\n")
    (folder / "mine.toml").write_text(
        'target = "left"\npositive = "yes"\nprotected = ["sex"]\ncategorical = ["visits"]\nseparator = ";"\n'
        "[split]\ntest = 0.3\n"
    )
    (folder / "job.toml").write_text(
        '[job]\nseed = 5\ndeadline = 2999-01-01T00:00:00+00:00\n[dataset]\npath = "mine.csv"\n'
        "[training]\nepochs = 2\n"
    )
    return walk(folder, folder / "job.toml", *SMALL), folder


def test_a_job_file_of_a_dossier_repeats_the_job(first, tmp_path):
    done, sender = first
    receiver = tmp_path / "receiver"
    receiver.mkdir()
    shutil.copy(f"{done['dossier']}/job.toml", receiver)
    shutil.copy(sender / "mine.csv", receiver)
    again = walk(receiver, receiver / "job.toml")["report"]
    assert again["training"]["weights_sha256"] == done["report"]["training"]["weights_sha256"]
    values = [
        {(f["check"], f["measure"], f["subject"], str(f["group"])): f["value"] for f in report["findings"]}
        for report in (done["report"], again)
    ]
    differing = {key for key in values[0] | values[1] if values[0].get(key) != values[1].get(key)}
    assert {check for check, *_ in differing} <= {"core.energy.training"}  # measured anew each time


def test_a_job_file_of_a_dossier_says_everything_and_names_no_folder(first):
    done, sender = first
    text = (Path(done["dossier"]) / "job.toml").read_text(encoding="utf-8")
    assert str(sender) not in text
    assert f'# data: "mine.csv", SHA-256 {done["report"]["data"]["sha256"]}' in text
    tree = tomllib.loads(text)
    assert tree["job"]["seed"] == 5
    assert "deadline" not in tree["job"]
    assert tree["dataset"]["path"] == "mine.csv"
    assert tree["dataset"]["protected"] == ["sex"]
    assert tree["dataset"]["split"] == {"test": 0.3}
    assert tree["training"]["threads"] == 1
    assert tree["audit"]["policy"] == "core.default"
    made = done["report"]["provenance"]["reproduce"]
    assert made.startswith("pip install testamur==")
    assert made.endswith("&& testamur run job.toml")


def test_a_policy_from_a_file_goes_along_in_the_job_file(first, tmp_path):
    _, sender = first
    (sender / "board.toml").write_text(
        'key = "board.own"\nversion = "1"\ntitle = "Ours"\nowner = "The board"\nrationale = "Because."\n'
        '[[limits]]\nid = "beats"\ncheck = "core.performance.discrimination"\n'
        'measure = "auc_gain_over_naive"\n'
        'above = 0.0\ntitle = "Better"\nquestion = "Better than nothing?"\nrationale = "Else no use."\n'
    )
    done = walk(sender, sender / "job.toml", *SHORT, "--policy-file", sender / "board.toml")
    receiver = tmp_path / "receiver"
    receiver.mkdir()
    shutil.copy(f"{done['dossier']}/job.toml", receiver)
    shutil.copy(sender / "mine.csv", receiver)
    again = walk(receiver, receiver / "job.toml")["report"]
    assert again["policy"] == done["report"]["policy"]
    assert again["policy"]["key"] == "board.own"
    assert [v["limit"]["id"] for v in again["verdicts"]] == ["beats"]
