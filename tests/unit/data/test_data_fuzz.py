"""Whatever lies in a file, the room answers with rows or with an explained error."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from testamur.contracts.errors import TestamurError
from testamur.contracts.job import DatasetRequest
from testamur.data.load import load_source
from testamur.data.preview import preview_source
from testamur.data.split import assign_parts
from testamur.data.table import build_table

EXAMPLES = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
CELLS = st.one_of(
    st.sampled_from(
        ["", "1", "0", "2.5", "inf", "nan", "NA", "true", "no", "2024-01-31", "2024-02-30", "1,5", "é"]
    ),
    st.text(max_size=6),
)


def walk(folder, content: bytes, *, protected=()) -> bool:
    """True when the rows went through, False when they were refused with a reason."""
    (folder / "t.csv").write_bytes(content)
    request = DatasetRequest(path="t.csv", target="y", protected=protected)
    try:
        source = load_source(request, None, base=folder)
        table = build_table(source, assign_parts(source, seed=0), bands={})
    except TestamurError:
        return False
    assert table.train.n_rows > 0
    assert preview_source(request, None, base=folder).usable
    return True


@EXAMPLES
@given(st.binary(max_size=300))
def test_any_bytes(tmp_path, content):
    assert not walk(tmp_path, content)


@EXAMPLES
@given(st.text(max_size=200), st.sampled_from(["utf-8", "utf-16", "gb18030"]))
def test_any_text_under_a_header(tmp_path, text, encoding):
    walk(tmp_path, f"x,y\n{text}".encode(encoding, errors="ignore"))


@EXAMPLES
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=3, max_size=8), st.booleans())
def test_any_cells_in_a_table(tmp_path, rows, guarded):
    lines = ['a,b,c,"y"']
    for i in range(60):
        cells = ['"' + cell.replace('"', '""') + '"' if cell else "" for cell in rows[i % len(rows)]]
        lines.append(",".join([*cells, ["no", "yes"][i % 2]]))
    walk(tmp_path, "\n".join(lines).encode("utf-8", errors="ignore"), protected=("a",) if guarded else ())


def test_the_walk_can_end_well(tmp_path):
    lines = ["a,y", *(f"{i * 0.5},{i % 2}" for i in range(40))]
    assert walk(tmp_path, "\n".join(lines).encode())
