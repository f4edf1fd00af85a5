"""Insight pages: plain JSON in, a whole page out; no script, no colour alone, uncertainty drawn."""

import json
import re
from datetime import timedelta

import pytest

from testamur.contracts.report_spec import ReportKind, ReportSpec
from testamur.report import render
from testamur.report.insight.cells import cell, safe_url, tile_ends, tile_value
from testamur.report.insight.figures import figure_of
from testamur.report.insight.moments import as_seconds, moment_ticks
from testamur.report.insight.numbers import interval, money, number, share, unit
from testamur.report.insight.page import BatchLine, card_of, place_page
from testamur.report.insight.shape import FigureFault

from .test_report_page import HOSTILE, Tree

SPEC = ReportSpec(
    key="health.plan", kind=ReportKind.INSIGHT, title="Care plan", question="Who needs a call?",
    render="a:b", template="plugin:page.html.j2",
)  # fmt: skip
LINES = {
    "kind": "lines",
    "title": "Next hour",
    "x": "time",
    "series": [{"name": "measured", "points": [["2024-05-31T08:00", 5], ["2024-05-31T09:00", None],
                                               ["2024-05-31T10:00", 7], ["2024-05-31T11:00", 6]]}],
    "bands": [{"name": "80 %", "points": [["2024-05-31T10:00", 5, 8], ["2024-05-31T11:00", 4, 9]]}],
    "zones": [{"high": 5, "words": "low"}],
    "vertical": [{"x": "2024-05-31T10:00", "words": "now"}],
    "horizontal": [{"y": 8, "words": "high"}],
    "marks": [{"x": "2024-05-31T11:00", "y": 6, "low": 5, "high": 7, "words": "expected"}],
}  # fmt: skip
FIGURES = [
    LINES,
    {"kind": "lines", "title": "Course", "series": [{"name": "a", "points": [[0, 1], [5, 3]]}], "wide": True,
     "x_words": [[0, "start"], [5, "end"]], "y_min": 0, "percent": True},
    {"kind": "intervals", "title": "Error", "unit": "mg/dL", "reference": 2, "reference_words": "persistence",
     "rows": [{"label": "night", "value": 1.5, "low": 1.0, "high": 2.0, "n": 40},
              {"label": "noon", "value": None, "reason": "too few"}]},
    {"kind": "bars", "title": "Causes", "unit": "share", "rows": [{"label": "falling", "value": 0.6}]},
    {"kind": "reliability", "title": "Said and came",
     "points": [{"predicted": 0.1, "observed": 0.2, "low": 0.1, "high": 0.3},
                {"predicted": 0.5, "observed": None}]},
    {"kind": "heat", "title": "Week", "columns": ["Mo", "Tu"], "unit": "share",
     "rows": [{"label": "night", "values": [0.1, None]}]},
]  # fmt: skip
PART = {
    "notice": "Not medical advice.",
    "answer": ["Call 12 people.", "Of ten called, seven needed it."],
    "tiles": [
        {"label": "found", "value": 0.81, "low": 0.74, "high": 0.87, "unit": "share", "note": "74 of 91"},
        {"label": "beside persistence", "words": "not shown"},
    ],
    "sections": [
        {
            "title": "The next hour",
            "answer": "It falls.",
            "figures": FIGURES,
            "tables": [
                {
                    "caption": "By horizon",
                    "columns": ["Step", {"name": "Cost", "unit": "money EUR"}, "n"],
                    "rows": [["30 min", 1250, 40], ["60 min", None, 40]],
                    "folded": "The numbers",
                }
            ],
            "notes": ["One person."],
        }
    ],
    "advice": [{"text": "Check again.", "why": "It lags.", "source": "ADA", "url": "https://example.org/a"}],
    "unknown": ["Meals are not in the data."],
}


@pytest.fixture
def draw(report, monkeypatch):
    """Draw a page from a template of a plugin; the layout alone unless one is given."""

    def page(part, *, template='{% extends "insight/page.html.j2" %}', spec=SPEC, made=report, **place):
        monkeypatch.setattr(render, "_plugin_template", {"plugin:page.html.j2": template}.get)
        render._environment.cache_clear()
        place = place_page(made, spec, **place) if place else None
        return render.render_insight(made, spec, part, place=place)

    yield page
    render._environment.cache_clear()


def test_plain_json_draws_a_whole_page(draw):
    page = draw(PART)
    tree = Tree(page)
    assert tree.open == []
    for words in ("Call 12 people.", "81.0\u00a0%", "74.0\u00a0to\u00a087.0\u00a0%", "74 of 91", "not shown",
                  "The next hour", "1,250\u00a0EUR", "Check again.", "Source:", "Meals are not in the data.",
                  "Not medical advice.", "1.5\u00a0mg/dL", "not estimable"):  # fmt: skip
        assert words in page, words
    assert page.count("<figure") == len(FIGURES)
    assert "<script" not in page
    assert "default-src 'none'" in page


def test_an_empty_part_is_an_honest_page(draw, report):
    page = draw({})
    assert "What the model does not know" in page
    assert "../report.html#unmeasured" in page
    assert report.data.source.licence in page


def test_every_figure_says_itself_in_words_and_has_identifiers_of_its_own(draw):
    page = draw(PART)
    titles = re.findall(r'<title id="([^"]+)-t">', page)
    assert len(titles) == len(set(titles)) == len(FIGURES)
    for slug in titles:
        described = re.search(rf'<desc id="{slug}-d">([^<]+)</desc>', page)
        assert described
        assert described[1].strip(" .")
    assert "5.00 at 2024-05-31 08:00" in page


def test_blocks_replace_what_the_layout_draws(draw):
    template = (
        '{% extends "insight/page.html.j2" %}'
        "{% block answer %}<p class=lead>{{ part.n | number }} of {{ part.all | count }}</p>{% endblock %}"
        "{% block body %}{{ bars(part.figure) }}{{ insight.table(part.table) }}{% endblock %}"
        "{% block unknown %}<li>Nothing of tomorrow.</li>{% endblock %}"
    )
    part = {"n": 3.14159, "all": 4000, "figure": FIGURES[3],
            "table": {"columns": ["a"], "rows": [["x"]]}}  # fmt: skip
    page = draw(part, template=template)
    assert "3.14 of 4,000" in page
    assert "Nothing of tomorrow." in page
    assert page.count("<figure") == 1


def test_hostile_words_stay_words(draw):
    quoted = json.dumps(HOSTILE)[1:-1]
    hostile = json.loads(json.dumps(PART).replace("Call 12 people.", quoted).replace("falling", "<b>x</b>"))
    page = draw(hostile)
    assert "<script" not in page
    assert "<b>x</b>" not in page


def test_advice_leads_to_pages_and_nowhere_else(draw):
    bad = {"advice": [{"text": "x", "source": "y", "url": "javascript:alert(1)"}]}
    with pytest.raises(FigureFault, match=r"http\(s\)"):
        draw(bad)
    assert safe_url("https://example.org") == "https://example.org"


def test_the_page_says_whether_the_model_is_cleared_and_until_when(draw, report):
    assert "not cleared by its policy" in draw({}, made=report.model_copy(update={"cleared": False}))
    late = draw({}, today=report.expires + timedelta(days=1))
    assert "(over)" in late
    assert "may no longer hold" in late
    assert "(over)" not in draw({})


def test_pages_of_a_dossier_know_one_another(draw, report):
    other = SPEC.model_copy(update={"key": "health.rows", "title": "Single people", "restricted": True})
    made = report.model_copy(update={"insights": (card_of(SPEC), card_of(other))})
    assert 'href="../restricted/pages/health.rows.html"' in draw({}, made=made)
    behind = draw({}, spec=other, made=made)
    assert 'href="../../pages/health.plan.html"' in behind
    assert "About single people" in behind
    audit = render.render_html(made, {})
    assert 'href="pages/health.plan.html"' in audit
    assert 'href="restricted/pages/health.rows.html"' in audit


def test_a_page_on_new_rows_says_so(draw):
    page = draw({}, to_root="../dossier", batch=BatchLine("new.csv", 1200), notes=("3 rows left out",))
    assert "new.csv, 1,200 rows" in page
    assert 'href="../dossier/report.html"' in page
    assert "3 rows left out" in page
    assert "About single people" in page


def test_a_page_on_new_prices_is_not_about_people(draw):
    page = draw({}, to_root="../dossier", batch=BatchLine("new.csv", 1200, personal=False))
    assert "single people" not in page
    assert "lies outside the dossier" in page


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        ({"kind": "lnes", "title": "x"}, "lines"),
        ({"kind": "lines", "title": "Next"}, "'Next' needs 'series', 'bands' or 'marks'"),
        ({"kind": "lines", "title": "N", "series": [{"name": "a"}]}, "needs 'points'"),
        ({"kind": "lines", "title": "N", "series": [{"points": [[0, None]]}]}, "all are null"),
        ({"kind": "lines", "title": "N", "series": [{"points": [[0, float("nan")]]}]}, "finite number"),
        ({"kind": "lines", "title": "N", "x": "time", "series": [{"points": [["noon", 1]]}]}, "a moment"),
        ({"kind": "lines", "title": "N", "series": [{"points": [[0, 1]]}] * 5}, "tells 4 curves"),
        ({"kind": "bars", "title": "B", "rows": [{"label": "x", "value": -1}]}, "0 or more"),
        ({"kind": "bars", "title": "B"}, "'rows', a list of at least 1"),
        ({"kind": "intervals", "title": "I", "rows": [{"value": 1}]}, "'label', a text"),
        ({"kind": "intervals", "title": "I", "rows": [{"label": "x", "value": None}]}, "a row with a value"),
        ({"kind": "heat", "title": "H", "columns": ["a"], "rows": [{"label": "x", "values": [1, 2]}]},
         "1 values"),
        ({"kind": "bars", "rows": [{"label": "x", "value": 1}]}, "'title', a text"),
        ("a text", "an object"),
    ],
)  # fmt: skip
def test_a_figure_that_cannot_be_drawn_names_the_entry(tree, said):
    with pytest.raises(FigureFault, match=re.escape(said)):
        figure_of(tree, "f")


def test_missing_values_break_a_line_and_single_ones_are_dots():
    plot = figure_of(LINES, "f")
    assert len(plot.stretches[0].paths) == 1
    assert len(plot.stretches[0].dots) == 1


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2024-05-31T08:00", "2024-05-31T10:00", "08:30"),
        ("2024-05-31", "2024-06-02", "1 Jun"),
        ("2024-01-15", "2024-12-20", "Mar 2024"),
        ("1999-06-01", "2018-01-01", "2005"),
    ],
)
def test_ticks_of_moments_are_round_and_few(first, last, words):
    from testamur.report.charts.scale import Scale

    scale = Scale(as_seconds(first, ""), as_seconds(last, ""), 0, 100)
    ticks = moment_ticks(scale, 9)
    assert any(words in tick.text for tick in ticks), [t.text for t in ticks]
    assert 2 <= len(ticks) <= 14
    assert [t.at for t in ticks] == sorted(t.at for t in ticks)


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        (share(0.217), "21.7 %"),
        (share(None), "–"),
        (number(3.14159), "3.14"),
        (number(-0.5), "−0.500"),
        (number(12345.6), "12,346"),
        (number(7.0), "7"),
        (unit(5.5, "mg/dL"), "5.50 mg/dL"),
        (unit(5.5, "mg/dL", 1), "5.5 mg/dL"),
        (money(1250, "EUR"), "1,250 EUR"),
        (money(3.5), "3.50"),
        (interval({"value": 0.62, "low": 0.55, "high": 0.69}, "share"), "62.0 % (55.0 to 69.0 %)"),
        (interval({"value": 12.1, "low": 10, "high": 14}, "mg/dL"), "12.1 mg/dL (10.0 to 14.0)"),
        (interval(None), "–"),
        (cell(1250, {"name": "Cost", "unit": "money EUR"}), "1,250 EUR"),
        (cell({"value": 0.5, "low": 0.4, "high": 0.6}, {"name": "x", "unit": "share"}),
         "50.0 % (40.0 to 60.0 %)"),
        (cell(True), "yes"),
        (cell(0.432, "expected gain"), "0.432"),
        (tile_value({"label": "x", "value": 22.4, "low": 18, "high": 27, "unit": "min"}), "22 min"),
        (tile_ends({"label": "x", "value": 22.4, "low": 18, "high": 27, "unit": "min"}), "18 to 27"),
        (tile_ends({"label": "x", "value": 3}), ""),
    ],
)  # fmt: skip
def test_numbers_are_told_as_people_read_them(shown, wanted):
    assert shown.replace("\u00a0", " ") == wanted
