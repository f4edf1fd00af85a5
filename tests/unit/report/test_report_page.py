"""The page: self-contained, accessible, escaped, traceable."""

import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from jinja2 import UndefinedError
from markupsafe import escape

from testamur.audit.privacy_limits import PRIVACY_LIMITS
from testamur.contracts.finding import CheckStatus, Finding, Section
from testamur.contracts.policy import VerdictStatus
from testamur.contracts.report_spec import ReportKind, ReportSpec
from testamur.contracts.spreadsheet import disarm_formula
from testamur.report import render
from testamur.report.decision import make_decision_rows
from testamur.report.dossier import parse_evidence
from testamur.report.names import Names
from testamur.report.render import _environment, render_html, render_insight

VOID = {"meta", "line", "rect", "circle", "path", "polyline", "br", "link", "img", "input", "hr", "wbr"}
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=y>"
FORMULA = '=HYPERLINK("http://evil.example","click")'


class Tree(HTMLParser):
    """Elements in order, with their attributes, their parent and their direct text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[dict] = []
        self.open: list[dict] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        element = {
            "tag": tag,
            "attrs": dict(attrs),
            "text": "",
            "inside": [e["tag"] for e in self.open],
            "kids": [],
        }
        if self.open:
            self.open[-1]["kids"].append(element)
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1]["tag"] == tag, f"</{tag}> closes <{self.open[-1]['tag']}>"
        self.open.pop()

    def handle_data(self, data):
        if self.open:
            self.open[-1]["text"] += data

    def all(self, *tags):
        return [e for e in self.elements if e["tag"] in tags]


@pytest.fixture(scope="module")
def tree(html):
    return Tree(html)


def test_every_element_is_closed(tree):
    assert tree.open == []


def test_the_page_is_small_and_fetches_nothing(html, tree):
    assert len(html.encode()) < 1_000_000
    assert tree.all("script", "link", "iframe", "object", "embed", "base", "form", "img") == []
    assert not [
        e for e in tree.elements if "src" in e["attrs"] or any(a.startswith("on") for a in e["attrs"])
    ]
    assert "@import" not in html
    assert set(re.findall(r"url\(([^)]*)\)", html)) == {"#hatch"}
    (policy,) = [e for e in tree.all("meta") if e["attrs"].get("http-equiv") == "Content-Security-Policy"]
    assert policy["attrs"]["content"].startswith("default-src 'none'")


def test_identifiers_are_unique_and_links_resolve(tree, sealed):
    ids = [e["attrs"]["id"] for e in tree.elements if "id" in e["attrs"]]
    assert len(ids) == len(set(ids))
    for link in tree.all("a"):
        target = link["attrs"]["href"]
        if target.startswith("#"):
            assert target[1:] in ids, target
        else:
            assert (sealed / target).is_file(), target
    for element in tree.elements:
        for name in element["attrs"].get("aria-labelledby", "").split():
            assert name in ids, name


def test_language_landmarks_and_skip_link(tree):
    (root,) = tree.all("html")
    assert root["attrs"]["lang"] == "en"
    assert [len(tree.all(tag)) for tag in ("main", "header", "nav", "footer", "h1")] == [1] * 5
    first = tree.all("a")[0]
    assert first["attrs"] == {"class": "skip", "href": "#decision"}


def test_headings_nest(tree):
    levels = [int(e["tag"][1]) for e in tree.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_drawing_has_a_title_or_is_hidden(tree):
    drawings = tree.all("svg")
    assert len(drawings) > 10
    for drawing in drawings:
        hidden = drawing["attrs"].get("aria-hidden") == "true"
        titled = bool(drawing["kids"]) and drawing["kids"][0]["tag"] == "title" and drawing["kids"][0]["text"]
        assert hidden or (titled and drawing["attrs"].get("role") == "img")


def test_tables_have_headers_with_scope(tree):
    assert all(e["attrs"].get("scope") in ("row", "col") for e in tree.all("th"))
    for table in tree.all("table"):
        assert [kid for kid in table["kids"] if kid["tag"] in ("caption", "thead")]


def test_every_verdict_is_said_in_words_beside_its_mark(tree, report):
    chips = [e for e in tree.all("span") if e["attrs"].get("class", "").startswith("chip ")]
    words = [chip["text"].strip() for chip in chips]
    for verdict in report.verdicts:
        assert verdict.status.value in words
    assert all(chip["text"].strip() and chip["kids"][0]["attrs"]["aria-hidden"] == "true" for chip in chips)


def test_an_interval_is_told_once_and_with_a_true_minus(report):
    words = "The whole interval (-0.00378 to 0.0496) is at least -0.03; 10-19 years."
    held = report.verdicts[0].model_copy(update={"reason": words})
    row = make_decision_rows(report.model_copy(update={"verdicts": (held,)}), Names(report))[0]
    assert row.reason == "The whole interval is at least \u22120.03; 10-19 years."


def test_a_limit_that_was_not_measured_is_told_in_words_and_not_by_its_slug(report):
    limit = next(limit for limit in PRIVACY_LIMITS if limit.check == "core.privacy.membership")
    held = next(v for v in report.verdicts if v.finding is None).model_copy(update={"limit": limit})
    row = make_decision_rows(report.model_copy(update={"verdicts": (held,)}), Names(report))[0]
    assert row.measure == "members that RMIA finds at 1 % false alarms, audited model"


def test_every_verdict_leads_to_its_finding_and_on_to_its_evidence(html, report):
    by_name = {item.name: item.sha256 for item in report.evidence}
    for verdict in report.verdicts:
        if verdict.finding is not None:
            assert f'href="#finding-{verdict.finding}"' in html
            assert f'id="finding-{verdict.finding}"' in html
            assert by_name[f"evidence/{report.findings[verdict.finding].evidence}"] in html


def test_what_could_not_be_measured_stands_before_the_sections(html):
    assert html.index('id="unmeasured"') < html.index('id="section-data"')
    assert "No recipe to train shadow models was given" in html
    assert ">Sex: men</a>: true-positive rate. 16 with the event" in html
    assert "16 with the event, at least 20 needed" in html


def test_the_whole_ledger_is_shown(html, report):
    assert all(entry.check in html for entry in report.coverage)
    assert {entry.status for entry in report.coverage} >= {CheckStatus.NOT_RUN, CheckStatus.NOT_APPLICABLE}


def test_checks_that_do_not_apply_share_a_line_per_reason(tree, report):
    quiet = [e for e in tree.all("p") if e["attrs"].get("class", "").startswith("quiet")]
    silent = [e for e in report.coverage if e.status is CheckStatus.NOT_APPLICABLE]
    assert len(quiet) == len({(e.section, e.reason) for e in silent}) >= 1
    blocks = [e["attrs"]["id"] for e in tree.all("details") if e["attrs"].get("class") == "check"]
    assert len(blocks) == len(report.coverage) - len(silent)


def test_the_decision_view_names_every_risk_and_folds_only_what_is_met(report):
    met = next(v for v in report.verdicts if v.status is VerdictStatus.MET)
    twice = met.model_copy(update={"limit": met.limit.model_copy(update={"id": "again"})})
    report = report.model_copy(update={"verdicts": (*report.verdicts, twice)})
    tree = Tree(render_html(report, {}))
    (view,) = [e for e in tree.all("section") if e["attrs"].get("id") == "decision"]
    table, folded = [kid for kid in view["kids"] if kid["tag"] in ("table", "details")]
    seen = {e["attrs"]["id"] for e in all_inside(table) if e["attrs"].get("id", "").startswith("limit-")}
    rest = {e["attrs"]["id"] for e in all_inside(folded) if e["attrs"].get("id", "").startswith("limit-")}
    open_limits = {f"limit-{v.limit.id}" for v in report.verdicts if v.status is not VerdictStatus.MET}
    assert open_limits <= seen
    assert seen | rest == {f"limit-{v.limit.id}" for v in report.verdicts}
    links = {e["attrs"]["href"] for e in all_inside(table) if e["tag"] == "a"}
    assert {f"#section-{e.section.value}" for e in report.coverage} <= links


def all_inside(element):
    return [element, *(found for kid in element["kids"] for found in all_inside(kid))]


def test_a_value_leads_to_the_file_it_rests_on(tree, report):
    links = {e["attrs"]["href"] for e in tree.all("a")}
    for item in report.evidence:
        used = any(item.name.split("/")[-1] == f.evidence for f in report.findings)
        assert not used or f"#evidence-{item.name.split('/')[-1].replace('.', '-')}" in links


def test_limitations_of_the_author_stand_beside_those_of_the_audit(html, report):
    section = html[html.index('id="limitations"') : html.index('id="change"')]
    assert all(text.split(":")[0] in section for text in report.limitations)
    assert section.index("In the words of whoever asked") < section.index("Only &lt;smokers&gt; were asked.")
    bare = report.model_copy(update={"purpose": report.purpose.model_copy(update={"limitations": ()})})
    assert "In the words of whoever asked" not in render_html(bare, {})


def test_blanks_of_the_officer_read_not_stated(html, report):
    given = report.purpose.model_dump(exclude={"limitations"})  # blank, they are not asked for
    blanks = [name for name, value in given.items() if value in ("", (), None)]
    assert len(given) - len(blanks) == 2
    assert html.count('<span class="dim">not stated</span>') == len(blanks)


def test_never_the_words_that_promise_too_much(html):
    text = re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.S)
    assert re.findall(r"\b(fair|unbiased|safe|debiased)\b", text, re.I) == []


def test_hostile_names_are_escaped(made, signing_key):
    names = {"title": HOSTILE, "cholesterol": HOSTILE, "race": HOSTILE}
    levels = {"sex": (HOSTILE, "men"), "race": made.race}
    page = render_html(
        made.report(signing_key.fingerprint, names=names, levels=levels, title=HOSTILE),
        parse_evidence(made.evidence()),
    )
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)" in page
    tree = Tree(page)
    assert not [e for e in tree.elements if "onerror" in e["attrs"]]


def test_formulas_in_names_are_disarmed(made, signing_key):
    levels = {"sex": (FORMULA, "@SUM(A1)"), "race": made.race}
    report = made.report(
        signing_key.fingerprint, names={"cholesterol": FORMULA}, levels=levels, title=FORMULA
    )
    cells = [e["text"].strip() for e in Tree(render_html(report, {})).all("td", "th", "h1", "text", "dd")]
    assert not [cell for cell in cells if cell.startswith(("=", "@"))]
    assert [cell for cell in cells if cell.startswith("'=HYPERLINK")]


@pytest.mark.parametrize(
    "text", ["+0.004", "-3", "-1,629", "+4.5 %", "-1e-05", "Sex: women", "", "\u22120.004", "a=b"]
)
def test_numbers_and_plain_texts_stay_as_they_are(text):
    assert disarm_formula(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "-2+3+cmd|' /C calc'!A0",
        "+1+cmd|' /C calc'!A0",
        "-1\n=2",
        "-cmd",
        "=1",
        "@x",
        "\tx",
        "\r1",
        "-",
        "-1-1",
    ],
)
def test_what_a_spreadsheet_would_run_is_disarmed(text):
    assert disarm_formula(text) == f"'{text}"
    assert _environment().from_string("{{ text }}").render(text=text) == str(escape(f"'{text}"))


def test_a_page_without_evidence_or_verdicts_is_drawn(report):
    bare = report.model_copy(update={"verdicts": (), "findings": (), "evidence": (), "limitations": ()})
    page = render_html(bare, {})
    assert "The policy sets no limit that applies" in page
    assert Tree(page).open == []


def test_a_section_of_a_plugin_is_drawn_in_its_place(report, monkeypatch):
    spec = ReportSpec(
        key="health.extra", kind=ReportKind.SECTION, title="Extra", question="What else?",
        render="testamur_health.reports:extra", template="plugin:extra.html.j2", section=Section.PERFORMANCE,
    )  # fmt: skip
    insight = spec.model_copy(update={"kind": ReportKind.INSIGHT, "section": None})
    sources = {"plugin:extra.html.j2": "<p>Said: {{ part.words }}</p>"}
    monkeypatch.setattr(render, "_plugin_template", sources.get)
    render._environment.cache_clear()
    filled = report.model_copy(update={"sections": {"health.extra": {"words": HOSTILE}}})
    page = render_html(filled, {}, parts=[spec])
    alone = render_insight(filled, insight, filled.sections["health.extra"])
    with pytest.raises(UndefinedError):
        render_insight(report, insight, {})
    render._environment.cache_clear()
    assert "<script" not in page + alone
    assert (
        page.index('id="section-performance"')
        < page.index("Said: &lt;script")
        < page.index('id="section-calibration"')
    )


def test_drawing_twice_gives_the_same_page(report, html, made):
    assert render_html(report, parse_evidence(made.evidence())) == html


def _with_trial(report, found):
    entry = report.coverage[0].model_copy(
        update={"check": "core.self_proof.planted", "section": Section.SELF_PROOF, "reason": ""}
    )
    common = {"check": "core.self_proof.planted", "exact": True, "evidence": "", "method": "counted"}
    findings = (
        Finding(measure="planted_found", label="planted faults found", value=(1 + found) / 2, n=2, **common),
        Finding(measure="fault_found", label="found", value=1.0, n=1, subject="a leak", **common),
        Finding(measure="fault_found", label="found", value=float(found), n=1, subject="a bias", **common),
    )
    return report.model_copy(
        update={"coverage": (*report.coverage, entry), "findings": (*report.findings, *findings)}
    )


def test_a_fault_that_the_audit_did_not_find_stands_on_the_first_screen(report):
    screen = render_html(_with_trial(report, False), {}).partition('id="decision"')[0]
    assert 'class="caution"' in screen
    assert "It did not find: a bias. That it found nothing of that kind says little." in screen
    assert "1 of 2 planted faults were found" in screen
    calm = render_html(_with_trial(report, True), {}).partition('id="decision"')[0]
    assert 'class="caution"' not in calm
    assert "2 of 2 planted faults were found" in calm
