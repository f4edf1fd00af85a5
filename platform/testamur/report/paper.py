"""The page made ready for paper: folds open, findings in an appendix, drawings that stand alone.

A renderer for paper knows no ``<details>``, gives drawings no style of the page, and reads the title of a
drawing as its only alternative text. So the page is written again, element by element, with what it needs.
"""

from __future__ import annotations

import re
from datetime import datetime
from html import escape
from html.parser import HTMLParser

_VOID = frozenset({"meta", "link", "br", "img", "hr", "input", "col", "wbr"})
_SIGNS = {"mark-open": "◌"}  # a mark of a verdict by the class of its shape; by default:
_DISC, _TRIANGLE = "●", "▲"
_VARIABLE = re.compile(r"var\(--([a-z]+)\)")
_APPENDIX = """<section id="appendix" aria-labelledby="appendix-h">
<h2 id="appendix-h">Appendix: every check with its findings</h2>
{}
</section>"""
_ALONE = "svg text{paint-order:normal;stroke:none;font-family:DejaVu Sans,Noto Sans,sans-serif}"


def make_paper(html: str, *, created: datetime, report_sha256: str) -> str:
    """The audit report as HTML for a renderer of pages.

    Args:
        html: What `render.render_html` wrote.
        created: Moment of the report; stands in the metadata instead of the moment of printing.
        report_sha256: Digest of ``report.json``, printed at the foot of each page.
    """
    writer = _Writer(_drawing_style(html))
    writer.feed(html)
    writer.close()
    text = "".join(writer.written)
    head = (
        f'<meta name="dcterms.created" content="{created.strftime("%Y-%m-%dT%H:%M:%SZ")}">'
        f"<style>{_PAGES.replace('DIGEST', report_sha256[:16])}</style></head>"
    )
    return text.replace("</head>", head, 1)


_PAGES = """
@page{margin:14mm 13mm 15mm;@bottom-left{content:"report.json sha256 DIGEST…";font-size:7pt;color:#555}
@bottom-right{content:counter(page) " / " counter(pages);font-size:7pt;color:#555}}
@page :first{margin-top:11mm}
.summary{font-size:8.4pt;margin:3px 0;break-after:avoid}.checks>.summary{display:none}
#appendix h3{font-size:10.5pt;margin:12px 0 2px}.source code{font-size:6.4pt}
.head{display:block}.seal{border-left:0;padding-left:0;margin-top:4px}
.seal p{display:inline;margin-right:10px}
.chip{display:inline}.lead{font-size:10.5pt}.kicker{font-size:8pt}
.bar svg{width:124px}.figures svg{width:100%}.insights{display:none}
.found{table-layout:fixed}.found th:nth-child(1){width:21%}.found th:nth-child(2){width:17%}
.found th:nth-child(3){width:19%}.found th:nth-child(4){width:7%}
.walk th:nth-child(1){width:17%}.walk th:nth-child(2){width:24%}.walk th:nth-child(3){width:17%}
.walk th:nth-child(4){width:42%}
.answer{break-after:avoid}
.figures{display:block}.figures>*{display:inline-block;width:47%;margin:4px 2% 8px 0;vertical-align:top}
"""


class _Writer(HTMLParser):
    """Writes the page again; sections' checks are kept for the appendix."""

    def __init__(self, drawing_style: str) -> None:
        super().__init__(convert_charrefs=False)
        self.written: list[str] = []
        self._style = drawing_style
        self._appendix: list[str] = []
        self._kept: list[str] | None = None  # what is written while checks are kept for the appendix
        self._open: list[tuple[str, str]] = []  # (tag as read, tag as written)
        self._hidden: list[str] | None = None  # classes inside a hidden drawing
        self._title = ""  # of the section that is open
        self._in_heading = False
        self._drawing: dict[str, str] | None = None  # "title" and "desc" of the open drawing

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        given = {name: value or "" for name, value in attrs}
        if self._hidden is not None:
            self._hidden.append(given.get("class", ""))
            self._open.append((tag, ""))
            return
        if tag == "svg" and given.get("aria-hidden") == "true":
            self._hidden = []
            self._open.append((tag, ""))
            return
        if tag == "details" and "checks" in given.get("class", "").split():
            self._kept, self.written = self.written, []
            self._put(f"<h3>{escape(self._title)}</h3>")
        self._write_start(tag, given)

    def _write_start(self, tag: str, given: dict[str, str]) -> None:
        written = {"details": "div", "summary": "p"}.get(tag, tag)
        if tag == "summary":
            given["class"] = "summary"
        given.pop("open", None)
        if tag == "a" and not given.get("href", "").startswith(("#", "https://", "http://")):
            given.pop("href", None)  # a file of the dossier, which a sheet of paper does not carry
        if tag == "h2":
            self._in_heading, self._title = True, ""
        if tag == "div" and self._open and self._open[-1][0] == "dl":
            self._open.append((tag, ""))  # a term and its words are items of the list itself
            return
        if tag in ("title", "desc") and self._drawing is not None:
            self._drawing[tag] = ""
            self._open.append((tag, ""))
            return
        self._put(_tag(written, given))
        if tag == "svg":
            self._drawing = {}
        if tag not in _VOID:
            self._open.append((tag, written))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without content."""
        given = {name: value or "" for name, value in attrs}
        if self._hidden is not None:
            self._hidden.append(given.get("class", "") + (" triangle" if tag == "path" else ""))
            return
        self._flush_title()
        self._put(_tag(tag, given)[:-1] + "/>")

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        read, written = self._open.pop()
        if read != tag:
            raise ValueError(f"a page of closed elements is required, however: </{tag}> closes <{read}>")
        if self._hidden is not None:
            if tag == "svg":
                self._put(_sign(self._hidden))
                self._hidden = None
            return
        if not written:
            if tag == "desc":
                self._flush_title()
            return
        if tag == "svg":
            self._drawing = None
        if tag == "h2":
            self._in_heading = False
        if tag == "main" and self._appendix:
            self._put(_APPENDIX.format("".join(self._appendix)))
        self._put(f"</{written}>")
        if self._kept is not None and tag == "details" and not any(t == "details" for t, _ in self._open):
            self._appendix += self.written
            self._kept, self.written = None, self._kept

    def _flush_title(self) -> None:
        """Write the drawing's title with its description, then the style that it needs to stand alone."""
        if self._drawing and "title" in self._drawing:
            words = " ".join(filter(None, (self._drawing["title"], self._drawing.get("desc", ""))))
            self._put(f"<title>{words}</title><style>{self._style}</style>")
            self._drawing = {}

    def _text(self, text: str) -> None:
        if self._hidden is not None:
            return
        if self._drawing is not None and self._open[-1][0] in ("title", "desc"):
            self._drawing[self._open[-1][0]] += text
            return
        if self._in_heading:
            self._title += text
        if text.strip():
            self._flush_title()
        self._put(text)

    def handle_data(self, data: str) -> None:
        """Text; that of a style stays as it is."""
        self._text(data if self._open and self._open[-1][0] == "style" else escape(data, quote=False))

    def handle_entityref(self, name: str) -> None:
        """A named character."""
        self._text(f"&{name};")

    def handle_charref(self, name: str) -> None:
        """A numbered character."""
        self._text(f"&#{name};")

    def handle_decl(self, decl: str) -> None:
        """The document type."""
        self._put(f"<!{decl}>")

    def _put(self, text: str) -> None:
        self.written.append(text)


def _tag(name: str, attributes: dict[str, str]) -> str:
    return f"<{name}" + "".join(f' {key}="{escape(value)}"' for key, value in attributes.items()) + ">"


def _sign(classes: list[str]) -> str:
    """A hidden drawing as a character: the mark of a verdict, or nothing."""
    if not any("mark-" in name for name in classes):
        return ""
    if any("mark-open" in name for name in classes):
        return _SIGNS["mark-open"] + " "
    return (_TRIANGLE if any("triangle" in name for name in classes) else _DISC) + " "


def _drawing_style(html: str) -> str:
    """The page's rules for drawings, with the colours of print in place of variables."""
    (print_root,) = re.findall(r"@media print\{:root\{([^}]*)\}\}", html)[:1] or ("",)
    colours = dict(pair.split(":", 1) for pair in print_root.replace("--", "").split(";") if ":" in pair)
    rules = re.findall(r"^(?:svg|\.hatch-line)[^\n]*$", html, re.M)
    text = _VARIABLE.sub(lambda found: colours.get(found.group(1), "#000"), "".join(rules))
    return text.replace("fill:url(#hatch)", "fill:none").replace("svg ", "") + _ALONE.replace("svg ", "")
