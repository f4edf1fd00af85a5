"""One table in every dress it may come in; what is no table is refused with its reason."""

import gzip
import hashlib
import os

import polars as pl
import pytest

from testamur.contracts.errors import DataError
from testamur.contracts.job import DatasetRequest
from testamur.data.expand import read_expanded
from testamur.data.load import load_source

ROWS = [(f"p{i}", "女" if i % 2 else "男", i % 7 + 0.5, "yes" if i % 3 == 0 else "no") for i in range(60)]
TEXT = "名字,sex,dose,y\n" + "".join(f"{a},{b},{c},{d}\n" for a, b, c, d in ROWS)


def load(folder, path, **asked):
    request = DatasetRequest(path=str(path), target="y", **{"protected": ("sex",), **asked})
    return load_source(request, None, base=folder)


def fault_of(folder, path, **asked):
    with pytest.raises(DataError) as caught:
        load(folder, path, **asked)
    return caught.value


def frame() -> pl.DataFrame:
    return pl.DataFrame(ROWS, schema=["名字", "sex", "dose", "y"], orient="row")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "gb18030"])
@pytest.mark.parametrize("stated", [True, False])
def test_the_same_table_in_every_encoding(tmp_path, encoding, stated):
    (tmp_path / "t.csv").write_bytes(TEXT.encode(encoding))
    source = load(tmp_path, "t.csv", encoding=encoding if stated else None)
    assert source.frame.columns == ["名字", "sex", "dose", "y"]
    assert source.frame.get_column("sex").to_list() == [row[1] for row in ROWS]
    assert source.frame.get_column("dose").to_list() == [row[2] for row in ROWS]


def test_latin_text_is_found_out(tmp_path):
    (tmp_path / "t.csv").write_bytes(
        TEXT.replace("女", "née").replace("男", "né").replace("名字", "prénom").encode("latin-1")
    )
    source = load(tmp_path, "t.csv")
    assert set(source.frame.get_column("sex")) == {"né", "née"}
    assert any("cp1252" in note for note in source.notes)


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n\n"])
def test_line_ends(tmp_path, end):
    (tmp_path / "t.csv").write_bytes(TEXT.replace("\n", end).encode())
    assert load(tmp_path, "t.csv").frame.equals(frame())


def test_a_mark_is_dropped_from_text_that_is_said_to_be_utf_8(tmp_path):
    (tmp_path / "t.csv").write_bytes(TEXT.encode("utf-8-sig"))
    assert load(tmp_path, "t.csv", encoding="utf-8").frame.columns[0] == "名字"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "~"])
def test_separators(tmp_path, separator):
    (tmp_path / "t.txt").write_text(TEXT.replace(",", separator))
    source = load(tmp_path, "t.txt", separator=separator if separator == "~" else None)
    assert source.frame.height == 60
    assert source.frame.width == 4


def test_decimal_commas(tmp_path):
    (tmp_path / "t.csv").write_text(TEXT.replace(",", ";").replace(".5", ",5"))
    source = load(tmp_path, "t.csv")
    assert source.frame.get_column("dose").to_list() == [row[2] for row in ROWS]
    assert any("comma" in note for note in source.notes)


def test_quoted_fields_may_hold_separators_quotes_and_line_ends(tmp_path):
    (tmp_path / "t.csv").write_text(TEXT.replace("男", '"a, ""b""\nc"'))
    assert set(load(tmp_path, "t.csv").frame.get_column("sex")) == {"女", 'a, "b"\nc'}


@pytest.mark.parametrize("kind", ["parquet", "arrow", "arrows", "gz"])
def test_other_formats_hold_the_same_rows(tmp_path, kind):
    path = tmp_path / f"t.{kind}"
    match kind:
        case "parquet":
            frame().write_parquet(path)
        case "arrow":
            frame().write_ipc(path)
        case "arrows":
            frame().write_ipc_stream(path)
        case "gz":
            path.write_bytes(gzip.compress(TEXT.encode()))
    source = load(tmp_path, path.name)
    assert source.frame.equals(frame())
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_relative_paths_start_at_the_base_and_absolute_ones_are_kept(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "t.csv").write_text(TEXT)
    assert load(tmp_path, "in/t.csv").sha256 == load(tmp_path / "in", tmp_path / "in" / "t.csv").sha256


def test_a_missing_file_proposes_a_near_one(tmp_path):
    (tmp_path / "table.csv").write_text(TEXT)
    assert "did you mean table.csv" in str(fault_of(tmp_path, "tabel.csv"))


def test_what_is_no_regular_file_is_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    assert "folder" in str(fault_of(tmp_path, "folder"))
    assert "a pipe" in str(fault_of(tmp_path, "pipe"))
    assert "device" in str(fault_of(tmp_path, "/dev/zero"))
    assert "readable" in str(fault_of(tmp_path, "nul\0name"))
    assert "readable" in str(fault_of(tmp_path, "x" * 5000))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"\n  \n", "the file is empty"),
        (b"a,sex,y\n", "a header only"),
        (b"a,a,sex,y\n1,2,m,3\n", "2 columns have it"),
        (b"a,sex,y\n1,m,2\n1,m,2,3\n1,m,2,3,4\n", "lines 3 (4), 4 (5)"),
        (b'a,sex,y\n"1,m,2\n', "quote"),
        (b"\x00\x01\x02binary\x00" * 20, "zero byte"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (b"SQLite format 3\x00rest", "SQLite"),
        (b"PAR1 but not really", "Parquet"),
        (b"\x1f\x8bnot really", "gzip"),
        (gzip.compress(TEXT.encode())[:-20], "gzip"),
        (b"a" * 300 + b",sex,y\n1,m,2\n", "256 characters"),
    ],
)
def test_each_unreadable_file_has_its_reason(tmp_path, content, said):
    (tmp_path / "t.csv").write_bytes(content)
    assert said in str(fault_of(tmp_path, "t.csv"))


def test_a_wrong_encoding_names_byte_and_line_and_no_content(tmp_path):
    (tmp_path / "t.csv").write_bytes(b"sex,y\nm,1\n" + "geheim-ü".encode("latin-1") + b",2\n")
    said = str(fault_of(tmp_path, "t.csv", encoding="utf-8"))
    assert "byte 17 (line 3)" in said
    assert "geheim" not in said


@pytest.mark.parametrize("encoding", ["base64", "rot13", "gb18031", "no\0such"])
def test_an_unknown_encoding_is_refused(tmp_path, encoding):
    (tmp_path / "t.csv").write_text(TEXT)
    assert "a text encoding is required" in str(fault_of(tmp_path, "t.csv", encoding=encoding))


@pytest.mark.parametrize("separator", ["ab", "", '"', "\n", "，"])
def test_an_impossible_separator_is_refused(tmp_path, separator):
    (tmp_path / "t.csv").write_text(TEXT)
    assert "one ASCII character" in str(fault_of(tmp_path, "t.csv", separator=separator))


def test_expansion_is_bounded(tmp_path):
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(b"0" * 5_000_000))
    with pytest.raises(DataError, match="after expansion"):
        read_expanded(tmp_path / "bomb.gz", limit_bytes=1_000_000)


def test_an_unnamed_column_gets_a_name(tmp_path):
    (tmp_path / "t.csv").write_text(
        "".join(f"{'' if i < 0 else i},{line}\n" for i, line in enumerate(TEXT.splitlines(), -1))
    )
    source = load(tmp_path, "t.csv")
    assert source.frame.columns[0] == "column_1"
    assert source.spec.columns[0].role == "identifier"


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "=HYPERLINK(1)", "../../etc/passwd", "^.*$", "*", "\x1b[31m", "c0"]
)
def test_hostile_names_are_data(tmp_path, name):
    (tmp_path / "t.csv").write_text(TEXT.replace("dose", name))
    assert load(tmp_path, "t.csv").spec.column(name).role == "feature"
    message = str(fault_of(tmp_path, "t.csv", time=name, entity=name))
    assert "\x1b" not in message


@pytest.mark.parametrize("quoted", [False, True])
def test_a_header_longer_than_the_sample_is_read_whole(tmp_path, quoted):
    names = [f"{'名' * 60}{i}" + ("\n二" if quoted else "") for i in range(2_000)]
    header = ",".join(f'"{name}"' if quoted else name for name in names)
    rows = "".join(f"{i % 2},{','.join(str((i * 7 + j) % 13) for j in range(2_000))}\n" for i in range(20))
    text = f"y,{header}\n{rows}"
    assert len(header.encode()) > 256_000
    (tmp_path / "wide.csv").write_text(text, newline="")
    source = load(tmp_path, "wide.csv", protected=())
    assert source.frame.width == 2_001
