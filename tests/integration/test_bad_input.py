"""Bad data and bad jobs, each tried through the command line: one clear error, nothing lost, no cell told."""

import gzip
import json
import sqlite3
import time

import pytest

from testamur.report.verify import verify_dossier

from .conftest import HEADER, ROLES, people, write


def refused(done, *words, code=2):
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    assert "fault of Testamur" not in done.output
    for word in words:
        assert word in done.stderr, done.stderr


def spoilt(tmp_path, column: str, cells: dict[int, str]):
    rows = people()
    for row, cell in cells.items():
        rows[row][HEADER.index(column)] = cell
    return write(tmp_path / "people.csv", rows)


def everything_written(cli) -> str:
    """All files below the home that may be shared or are kept as logs, as one text."""
    files = [path for path in cli.home.rglob("*") if path.is_file() and "restricted" not in path.parts]
    return "\n".join(path.read_bytes().decode("latin-1") for path in files)


def both_ways(cli, path, *words, roles=ROLES):
    """The check before and the walk itself refuse with the same words, and leave no dossier."""
    refused(cli.check(path, roles=roles), *words)
    refused(cli.run(path, roles=roles), *words)
    assert not (cli.home / "dossiers").exists()


def test_a_missing_file(cli, tmp_path):
    write(tmp_path / "people.csv", people())
    both_ways(cli, tmp_path / "poeple.csv", "dataset.path", "there is none", "did you mean people.csv?")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"id,age,sex,visits,score,y\n", "there is a header only"),
        (gzip.compress(b"id,age,sex,visits,score,y\n", mtime=0)[:-9], "people.csv"),
        (b"PK\x03\x04\x00\x00\x00", "people.csv"),
    ],
)
def test_an_empty_file_a_header_only_and_a_broken_file(cli, tmp_path, content, words):
    path = tmp_path / "people.csv"
    path.write_bytes(content)
    both_ways(cli, path, words)


def test_duplicate_columns(cli, tmp_path):
    path = write(tmp_path / "people.csv", people(), ("id", "age", "sex", "age", "sex", "y"))
    both_ways(cli, path, "column 'age'", "column 'sex'", "2 columns have it")


def test_the_target_is_absent(cli, tmp_path):
    path = write(tmp_path / "people.csv", people())
    both_ways(cli, path, "there is no 'scor'", "did you mean score?", roles=("--target", "scor"))


def test_the_target_is_constant(cli, tmp_path):
    path = write(tmp_path / "people.csv", [[*row[:5], "yes"] for row in people()])
    both_ways(cli, path, "column 'y'", "it is constant")


def test_a_class_with_one_row(cli, tmp_path):
    path = spoilt(tmp_path, "y", {7: "CELL-4711"})
    roles = ("--target", "y", "--protected", "sex", "--identifier", "id")
    both_ways(cli, path, "column 'y'", "1 class of 3 with fewer", roles=roles)
    assert "CELL-4711" not in cli.check(path, roles=roles).output


def test_infinities(cli, tmp_path):
    both_ways(
        cli, spoilt(tmp_path, "score", {4: "inf", 8: "-Infinity"}), "column 'score'", "2 infinite", "5, 9"
    )


def test_mixed_types_name_column_row_and_type(cli, tmp_path):
    path = spoilt(tmp_path, "visits", {9: "CELL-4711"})
    both_ways(cli, path, "column 'visits'", "1 cell of text among 239 numbers", "row 10", "null_values")
    assert "CELL-4711" not in everything_written(cli)


def test_a_wrong_encoding(cli, tmp_path):
    path = write(tmp_path / "people.csv", people())
    path.write_bytes(path.read_bytes() + b"p9,30,\xff\xfe,1,0.1,yes\n")
    refused(cli.check(path, "--encoding", "utf-8"), "text in utf-8 is required", "line 242", "gb18030")
    refused(cli.check(path, "--encoding", "utf-9"), "utf-9")


def test_an_all_missing_column_is_left_out_and_said(cli, tmp_path):
    path = write(tmp_path / "people.csv", [[*row[:4], "", row[5]] for row in people()])
    assert cli.run(path).exit_code in (0, 10)
    report = json.loads((cli.dossier() / "report.json").read_text())
    assert any("'score' is empty throughout" in note for note in report["data"]["notes"])
    roles = ("--target", "y", "--protected", "score")
    refused(cli.check(path, roles=roles), "column 'score'")


def test_a_file_of_2000_columns(cli, tmp_path):
    extra = [f"c{i}" for i in range(1994)]
    rows = [
        [*row[:5], *(str((k * 7 + i) % 10) for k in range(1994)), row[5]] for i, row in enumerate(people(60))
    ]
    path = write(tmp_path / "people.csv", rows, (*HEADER[:5], *extra, "y"))
    assert cli.run(path).exit_code in (0, 10)
    assert verify_dossier(cli.dossier(), key=None).ok
    rows[3][7] = rows[4][1000] = "CELL-4711"
    write(path, rows, (*HEADER[:5], *extra, "y"))
    done = cli.check(path)
    refused(done, "column 'c2'", "column 'c995'")
    assert "CELL-4711" not in done.output


def test_a_protected_attribute_with_one_group(cli, tmp_path):
    path = write(tmp_path / "people.csv", [[*row[:2], "f", *row[3:]] for row in people()])
    assert cli.run(path).exit_code in (0, 10)
    report = json.loads((cli.dossier() / "report.json").read_text())
    assert any("'sex' has one group only" in note for note in report["data"]["notes"])
    (gaps,) = [entry for entry in report["coverage"] if entry["check"] == "core.fairness.gaps"]
    assert gaps["status"] == "not estimable"
    assert "one group only" in gaps["reason"]


def test_a_group_of_one_person_gets_no_rate(cli, tmp_path):
    path = spoilt(tmp_path, "sex", {3: "x"})
    assert cli.run(path).exit_code in (0, 10)
    report = json.loads((cli.dossier() / "report.json").read_text())
    alone = [f for f in report["findings"] if f["group"] and f["group"].get("sex") == "x"]
    assert not [f for f in alone if f["check"].startswith("core.fairness") and f["value"] is not None]
    assert any("x" in line.partition(":")[2] and "sex" in line for line in report["limitations"])


def test_unknown_dataset_model_policy_and_option_come_together_with_proposals(cli):
    done = cli(
        "job", "submit", "--dry-run", "--dataset", "health.nhfs", "--model", "core.tabula", "--policy",
        "core.defalt", "--set", "training.epoch=1",
    )  # fmt: skip
    refused(done, "dataset.use", "did you mean health.nhefs", "core.tabular?", "core.default", "epochs?")


def test_options_of_a_wrong_type_come_all_at_once_with_their_paths(cli, tmp_path):
    path = write(tmp_path / "people.csv", people())
    wrong = {
        "job.seed": "-1",
        "training.epochs": "'many'",
        "training.learning_rate": "[1]",
        "audit.bootstrap": "1.5",
        "model.options.hidden": "'wide'",
        "model.options.membrs": "3",
    }
    done = cli.check(path, *[part for name, value in wrong.items() for part in ("--set", f"{name}={value}")])
    refused(done, *wrong, "did you mean members?")
    told = json.loads(cli.check(path, "--json", "--set", "job.seed=-1").stderr)["error"]
    assert told["problems"][0]["where"] == "job.seed"


def test_a_name_of_the_wrong_form_does_not_hide_the_other_faults(cli):
    done = cli("job", "submit", "--dry-run", "--dataset", "C:\\x", "--model", "core.tabula")
    refused(done, "dataset.use", "model.use", "did you mean core.tabular?")
    assert "none was given" not in done.output


BOMBS = {
    "nested lists": "[model.options]\nx = " + "[" * 5000 + "]" * 5000,
    "nested tables": "[model.options" + ".a" * 3000 + "]\nx = 1",
    "a number of 5000 digits": "[job]\nseed = " + "9" * 5000,
    "a number of 30 digits": "[job]\nseed = " + "9" * 30,
    "many unknown keys": "[training]\n" + "\n".join(f"k{i} = 1" for i in range(40_000)),
    "many unknown options": "[model.options]\n" + "\n".join(f"k{i} = 1" for i in range(40_000)),
    "many values of the wrong type": "[audit]\nquasi_identifiers = [" + "1," * 100_000 + "]",
    "one text again and again": "[audit]\nquasi_identifiers = [" + f"'{'ha' * 40}'," * 9000 + "]",
    "wrong types": "job = 3\nmodel = [1]\naudit = 'x'\npurpose = 1979-05-27\ntraining = true",
    "not finite": "[training]\nlearning_rate = nan\nweight_decay = inf",
    "a megabyte": "#" * 2**20,
    "a control character": '[job]\nname = "a\\u0000b"',
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_hostile_job_file_is_refused_soon_and_briefly(cli, tmp_path, bomb):
    write(tmp_path / "people.csv", people())
    file = tmp_path / "job.toml"
    file.write_text(f'{BOMBS[bomb]}\n[dataset]\npath = "people.csv"\ntarget = "y"\nprotected = ["nobody"]\n')
    begin = time.process_time()
    done = cli("job", "submit", "--dry-run", file)
    refused(done)
    assert time.process_time() - begin < 20  # these took minutes when the work grew with the square
    assert len(done.stderr) < 40_000


def test_thousands_of_absent_columns_are_counted_not_poured_out(cli, tmp_path):
    path = write(tmp_path / "people.csv", people())
    file = tmp_path / "job.toml"
    names = ", ".join(f"'p{i}'" for i in range(3000))
    file.write_text(f'[dataset]\npath = "{path}"\ntarget = "y"\nprotected = [{names}]\n')
    done = cli("job", "submit", "--dry-run", file)
    refused(done, "there is no 'p0'", "2,800 more")
    assert len(done.stderr.splitlines()) < 500


HOSTILE = {
    "climbing": "../../x",
    "drive": "C:\\x",
    "formula": "=cmd()",
    "script": "<script>alert(1)</script>",
    "line": "a\nb",
    "escape": "a\x1b[31mb",
}


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_hostile_names_stay_text_and_lead_nowhere(cli, tmp_path, name):
    rows = [[*row[:2], name if row[2] == "f" else "m", *row[3:]] for row in people()]
    header = (*HEADER[:4], f'"{name}"', "y")
    path = write(tmp_path / "people.csv", rows, header)
    before = {entry for entry in tmp_path.iterdir() if entry != cli.home}
    done = cli.run(path, "--set", f"dataset.title={json.dumps(name)}")
    assert done.exit_code in (0, 10), done.output
    assert {entry for entry in tmp_path.iterdir() if entry != cli.home} == before
    assert "\x1b[31m" not in done.output
    dossier = cli.dossier()
    assert verify_dossier(dossier, key=None).ok
    page = (dossier / "report.html").read_text()
    assert "<script>alert" not in page
    assert ">=cmd" not in page
    for file in dossier.rglob("*.csv"):
        assert not [
            cell for line in file.read_text().splitlines() for cell in line.split(",") if cell[:1] == "="
        ]


@pytest.mark.parametrize("name", [*HOSTILE.values(), "a\x00b", "n" * 10_000])
def test_hostile_job_names_are_text_or_refused(cli, tmp_path, name):
    path = write(tmp_path / "people.csv", people())
    done = cli("job", "submit", "--data", path, *ROLES, "--name", name)
    if len(name) > 200 or set(name) & set("\n\x00\x1b"):
        refused(done, "job.name")
        assert len(done.output) < 500
        return
    assert done.exit_code == 0
    (job,) = json.loads(cli("job", "list", "--json").stdout)
    assert job["name"] == name
    assert cli("job", "show", job["id"]).exit_code == 0


@pytest.mark.parametrize("name", ["a\x00b", "n" * 10_000])
def test_column_names_that_no_table_has_are_refused(cli, tmp_path, name):
    path = write(tmp_path / "people.csv", people(), (*HEADER[:4], name, "y"))
    done = cli.run(path)
    refused(done)
    assert len(done.output) < 1000


@pytest.mark.parametrize("name", [*HOSTILE.values(), "a\x00b", "n" * 10_000])
@pytest.mark.parametrize("where", ["--dataset", "--model", "--data", "--target", "job show", "report show"])
def test_a_hostile_name_to_look_up_is_not_found(cli, tmp_path, name, where):
    path = write(tmp_path / "people.csv", people(30))
    if where.startswith("--"):
        done = cli("job", "submit", "--dry-run", "--data", path, "--target", "y", where, name)
    else:
        done = cli(*where.split(), name)
    assert done.exit_code in (2, 3), done.output
    assert "Traceback" not in done.output
    assert len(done.output) < 2000
    assert "\x1b" not in done.output


def test_the_content_of_a_cell_is_in_no_message_log_or_shared_file(cli, tmp_path, monkeypatch):
    """Markers in every column: one row's own values never leave the restricted part."""
    rows = people()
    marks = {"id": "MARKid", "age": "61.61616161", "sex": "f", "visits": "7.71717171", "score": "8.81818181"}
    rows[5] = [*marks.values(), "yes"]
    header = (*HEADER[:5], "note", "y")
    rows = [[*row[:5], "MARKnote" if i == 5 else f"word{i}", row[5]] for i, row in enumerate(rows)]
    path = write(tmp_path / "people.csv", rows, header)
    done = cli.run(path)
    assert done.exit_code in (0, 10)
    told = done.output + everything_written(cli)
    for mark in ("MARKid", "MARKnote", "61.61616161", "7.71717171", "8.81818181"):
        assert mark not in told, mark


def test_a_fault_of_ours_tells_no_cell_either(cli, tmp_path, monkeypatch):
    def fails(*arguments, **named):
        raise ValueError(f"could not convert string to float: {cell!r}")

    cell = "-".join(("CELL", "4711"))  # the log quotes lines of code, which hold no cell
    monkeypatch.setattr("testamur.data.load.load_source", fails)
    done = cli.run(write(tmp_path / "people.csv", people()))
    assert done.exit_code == 70
    (log,) = (cli.home / "logs").iterdir()
    assert "ValueError" in log.read_text()
    assert "in fails" in log.read_text()
    assert "CELL-4711" not in done.output + everything_written(cli)


def test_a_database_that_quotes_a_cell_is_not_repeated(cli, tmp_path):
    with sqlite3.connect(tmp_path / "people.db") as database:
        database.execute("CREATE TABLE t (a TEXT, y TEXT)")
        database.execute("INSERT INTO t VALUES (CAST(x'43454c4c2d34373131ff' AS TEXT), 'yes')")
    database.close()
    url = f"sqlite:///{tmp_path / 'people.db'}"
    done = cli("run", "--query", "SELECT * FROM t", "--url", url, "--target", "y")
    refused(done, "column 'a' holds other bytes")
    assert "CELL-4711" not in done.output


def test_more_bands_than_groups_can_be_told_apart_are_refused(cli, tmp_path):
    path = write(tmp_path / "people.csv", people())
    done = cli.check(path, "--protected", "age", "--set", f"audit.bands.age={list(range(200))}")
    refused(done, "audit.bands.age", "fewer than 200 edges are required, however: 200")
