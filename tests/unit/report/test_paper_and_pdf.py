"""The report on paper: tagged, complete, repeatable; and a clear message where it cannot be drawn."""

import builtins
import io
import re
import socket
import sys

import pytest
from click.testing import CliRunner

from testamur.contracts.errors import StoreError
from testamur.interfaces.cli import main
from testamur.report.paper import make_paper
from testamur.report.pdf import make_pdf

from .matterhorn import faults
from .test_report_page import Tree


def has_pango() -> bool:
    """Whether the system's library Pango is there; WeasyPrint itself comes with the extra dev."""
    try:
        import weasyprint  # noqa: F401
    except OSError:
        return False
    return True


# Pango belongs to the system and pip cannot bring it, so that a bare machine cannot draw: tests
# that do are left out there, and the run says so. What is said without Pango is tested everywhere.
# A library of the system that pip cannot bring; a bare machine may lack it, and the run then says so.
needs_pango = pytest.mark.skipif(not has_pango(), reason="needs Pango: apt-get install libpango-1.0-0")


@pytest.fixture(scope="module")
def paper(report, html):
    return make_paper(html, created=report.provenance.created_at, report_sha256="ab" * 32)


@pytest.fixture(scope="module")
def pdf(sealed, tmp_path_factory):
    """What the command writes, beside the dossier."""
    home = tmp_path_factory.mktemp("home")
    target = home / "out" / "r.pdf"
    done = CliRunner().invoke(main, ["--home", str(home), "report", "pdf", str(sealed), "-o", str(target)])
    assert done.exit_code == 0, done.output
    assert not list(sealed.glob("*.pdf"))
    return target.read_bytes()


def test_on_paper_every_fold_is_open_and_checks_stand_in_an_appendix(paper, report, html):
    tree = Tree(paper)
    assert tree.open == []
    assert tree.all("details", "summary") == []
    appendix = paper.index('id="appendix"')
    for entry in report.coverage:
        assert paper.count(entry.question) == html.count(entry.question)
    for position in range(len(report.findings)):
        place = paper.find(f'id="finding-{position}"')
        assert place > appendix
    assert paper.index('id="glossary"') < appendix < paper.index("</main>")


def test_on_paper_every_drawing_has_words_and_a_style_of_its_own(paper):
    tree = Tree(paper)
    drawings = [e for e in tree.all("svg") if e["attrs"].get("aria-hidden") != "true"]
    assert len(drawings) > 10
    for drawing in drawings:
        assert [kid["tag"] for kid in drawing["kids"][:2]] == ["title", "style"]
        assert drawing["kids"][0]["text"].strip()
    assert "var(--" not in "".join(e["text"] for e in tree.all("svg", "style") if "svg" in e["inside"])
    assert [e for e in tree.all("svg") if e["attrs"].get("aria-hidden") == "true"] == []
    chips = [e["text"] for e in tree.all("span") if e["attrs"].get("class", "").startswith("chip ")]
    assert {chip.strip()[0] for chip in chips} == {"●", "▲", "◌"}


def test_on_paper_links_lead_inside_or_nowhere(paper):
    tree = Tree(paper)
    ids = {e["attrs"]["id"] for e in tree.elements if "id" in e["attrs"]}
    for link in tree.all("a"):
        target = link["attrs"].get("href", "#top")
        assert target[1:] in ids if target.startswith("#") else target.startswith("http")


@needs_pango
def test_the_pdf_is_tagged_as_pdf_ua_asks(pdf, report):
    import pypdf

    made = pypdf.PdfReader(io.BytesIO(pdf))
    root = made.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert (
        b"pdfuaid:part>1<" in root["/Metadata"].get_data()
        or b'pdfuaid:part="1"' in root["/Metadata"].get_data()
    )
    assert report.title in made.metadata.title
    kinds = list(walk(root["/StructTreeRoot"]))
    names = [kind for kind, _ in kinds]
    assert {"/H1", "/H2", "/H3", "/Table", "/TH", "/TD", "/Figure", "/Link", "/P", "/L"} <= set(names)
    assert names.count("/H1") == 1
    assert all(element.get("/Alt", "").strip() for kind, element in kinds if kind == "/Figure")
    first = made.pages[0].extract_text()
    assert "Decision view" in first
    assert all(
        v.limit.title in re.sub(r"\s+", " ", first) for v in report.verdicts if v.status.value != "met"
    )


@needs_pango
def test_the_report_meets_what_a_machine_can_see_of_pdf_ua(pdf):
    assert faults(pdf) == []


@needs_pango
@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<h1>a</h1><h3>b</h3>", "14-003"),
        ("<h2>a</h2>", "14-002"),
        (
            "<h1>a</h1><svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><circle r='4'/></svg>",
            "13-004",
        ),
        ("<h1>a</h1><dl><div><dt>a</dt><dd>b</dd></div></dl>", "09-005"),
        ("<h1>a</h1><table><tr><th scope='col'>a</th></tr></table>", "15-003"),
        ("<h1>a</h1><style>@page{@bottom-left{content:'foot'}}</style>", "01-005"),
    ],
)
def test_faults_of_tags_are_seen(body, told):
    """The reader of tags is no yes-man: each page is as WeasyPrint alone would leave it."""
    import weasyprint

    page = f"<html lang='en'><head><title>t</title></head><body>{body}</body></html>"
    found = faults(weasyprint.HTML(string=page).write_pdf(pdf_variant="pdf/ua-1"))
    assert {fault[:6] for fault in found} == set(told.split())


@needs_pango
def test_a_document_without_tags_language_and_title_is_seen():
    import weasyprint

    assert faults(weasyprint.HTML(string="<h1>a</h1>").write_pdf()) == [
        "01-005 no structure tree: nothing is tagged"
    ]
    found = faults(weasyprint.HTML(string="<h1>a</h1>").write_pdf(pdf_tags=True))
    assert {"06-001", "06-002", "06-003", "11-001"} <= {fault[:6] for fault in found}


def walk(element, depth=0):
    """Kind and dictionary of every structure element."""
    for kid in element.get("/K", []) if not isinstance(element.get("/K", []), int) else []:
        got = kid.get_object() if hasattr(kid, "get_object") else kid
        if isinstance(got, dict) and "/S" in got:
            yield got["/S"], got
            yield from walk(got, depth + 1)


@pytest.fixture(scope="module")
def short(html):
    """The page with its first screen and decision view alone, for what need not be long."""
    start, end = html.index('<section class="box"'), html.index("</main>")
    return html[:start] + html[end:]


@needs_pango
def test_the_same_report_gives_the_same_bytes(report, short):
    assert make_pdf(report, short) == make_pdf(report, short)


@needs_pango
def test_a_page_that_asks_for_something_outside_does_not_get_it(report, short):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.png"
        page = short.replace("</main>", f'<img src="{address}" alt="x"></main>')
        assert make_pdf(report, page).startswith(b"%PDF")
        with pytest.raises(BlockingIOError):
            server.accept()


def without(monkeypatch, error):
    real = builtins.__import__

    def fake(name, *rest, **named):
        if name == "weasyprint":
            raise error
        return real(name, *rest, **named)

    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(builtins, "__import__", fake)


@pytest.mark.parametrize(
    ("error", "message", "remedy"),
    [
        (ModuleNotFoundError("no weasyprint"), "WeasyPrint is required", "pip install 'testamur[pdf]'"),
        (OSError("cannot load library 'libpango-1.0-0'"), "the library Pango is required", "apt-get install"),
    ],
)
def test_without_weasyprint_or_pango_the_error_says_what_to_install(
    monkeypatch, report, html, sealed, tmp_path, error, message, remedy
):
    without(monkeypatch, error)
    with pytest.raises(StoreError, match=message) as caught:
        make_pdf(report, html)
    assert remedy in caught.value.remedy
    done = CliRunner().invoke(main, ["--home", str(tmp_path), "report", "pdf", str(sealed)])
    assert done.exit_code == StoreError.exit_code
    assert message in done.output
    assert remedy in done.output
    assert list(tmp_path.glob("*.pdf")) == []
