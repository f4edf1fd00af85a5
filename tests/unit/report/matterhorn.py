"""What a machine can see of PDF/UA-1: a subset of the Matterhorn Protocol 1.1, read back with pypdf.

Each fault begins with the number of its failure condition. 28 are looked at: 01-003 to 01-005, 01-007,
02-001, 06-001 to 06-003, 07-001, 07-002, 09-004, 09-005, 10-001, 11-001, 13-004, 14-002, 14-003, 14-007,
15-003, 28-008, 28-009, 28-011, 28-012 and 31-009, and 20-001, 21-001, 25-001 and 26-001 in that the file
holds no optional content, attachments, XFA or encryption at all; beside them, that the parent tree
agrees with the structure tree ("tree"). Not looked at: what only people can judge (reading order,
whether words say what a figure shows, colour alone), and the inner tables of fonts (most of 31), which
full validators read.
"""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pypdf
from pypdf.generic import ArrayObject, DictionaryObject, NullObject

_GROUPS = (
    "Document",
    "Part",
    "Art",
    "Sect",
    "Div",
    "BlockQuote",
    "Caption",
    "TOC",
    "TOCI",
    "Index",
    "NonStruct",
)
_BLOCKS = ("P", "H", "H1", "H2", "H3", "H4", "H5", "H6", "L", "LI", "Lbl", "LBody", "Private")
_TABLES = ("Table", "TR", "TH", "TD", "THead", "TBody", "TFoot")
_INLINE = (
    "Span",
    "Quote",
    "Note",
    "Reference",
    "BibEntry",
    "Code",
    "Link",
    "Annot",
    "Ruby",
    "RB",
    "RT",
    "RP",
)
_OTHERS = ("Warichu", "WT", "WP", "Figure", "Formula", "Form")
STANDARD = frozenset((*_GROUPS, *_BLOCKS, *_TABLES, *_INLINE, *_OTHERS))
PARENTS = {
    "TR": {"Table", "THead", "TBody", "TFoot"},
    "TH": {"TR"},
    "TD": {"TR"},
    "THead": {"Table"},
    "TBody": {"Table"},
    "TFoot": {"Table"},
    "LI": {"L"},
    "Lbl": {"LI", "Note"},
    "LBody": {"LI"},
}
SYNTAX = {kind: "09-005" if kind[0] == "L" else "09-004" for kind in PARENTS}
_STRINGS = re.compile(rb"\((?:\\.|[^\\()])*\)|(?<!<)<[0-9A-Fa-f\s]*>(?!>)")
_MARKS = re.compile(
    rb"/(?P<tag>\w+)\s+(?:(?P<told><<[^>]*>>|/\w+)\s*)?(?:BDC|BMC)\b|(?P<end>\bEMC\b)"
    rb"|(?<![\w/])(?P<paint>Tj|TJ|['\"]|[fFBb]\*?|[Ss]|sh|Do|EI)(?!\w)"
)


class Element:
    """One structure element with its parent."""

    def __init__(self, tree: DictionaryObject, parent: Element | None) -> None:
        self.tree, self.parent = tree, parent
        self.kind = str(tree.get("/S", "/"))[1:]
        self.kids: list[Element] = []

    def above(self) -> Iterator[Element]:
        """Parents, the nearest first."""
        found = self.parent
        while found is not None:
            yield found
            found = found.parent


Content = dict[tuple[int, int], Element]


def faults(pdf: bytes) -> list[str]:
    """Every failure condition that the file meets, with its place."""
    made = pypdf.PdfReader(io.BytesIO(pdf))
    root = made.trailer["/Root"]
    pages = {page.indirect_reference.idnum: number for number, page in enumerate(made.pages)}
    if "/StructTreeRoot" not in root:
        return ["01-005 no structure tree: nothing is tagged"]
    elements, content = read_tree(root["/StructTreeRoot"], pages)
    return [
        *document_faults(made, root),
        *element_faults(elements),
        *heading_faults(elements),
        *table_faults(elements),
        *parent_tree_faults(root["/StructTreeRoot"], made, content),
        *(f for number, page in enumerate(made.pages) for f in page_faults(page, number, content)),
        *font_faults(made),
    ]


def read_tree(root: Any, pages: dict[int, int]) -> tuple[list[Element], Content]:
    """All elements in reading order, and the element of each piece of marked content (page, number)."""
    found: list[Element] = []
    content: Content = {}

    def page_of(tree: Any, otherwise: int) -> int:
        return pages[tree.raw_get("/Pg").idnum] if "/Pg" in tree else otherwise

    def walk(tree: Any, parent: Element | None, page: int) -> None:
        element = Element(tree, parent)
        found.append(element)
        if parent is not None:
            parent.kids.append(element)
        page = page_of(tree, page)
        kids = tree.get("/K", ArrayObject())
        for kid in kids if isinstance(kids, ArrayObject) else [kids]:
            kid = kid.get_object()
            if isinstance(kid, int):
                content[page, int(kid)] = element
            elif kid.get("/Type") == "/MCR":
                content[page_of(kid, page), int(kid["/MCID"])] = element
            elif "/S" in kid:
                walk(kid, element, page)

    tops = root["/K"]
    for top in tops if isinstance(tops, ArrayObject) else [tops]:
        walk(top.get_object(), None, -1)
    return found, content


def document_faults(made: pypdf.PdfReader, root: Any) -> Iterator[str]:
    """What the catalogue and the metadata must say."""
    if root.get("/MarkInfo", {}).get("/Suspects"):
        yield "01-007 the file suspects its own tags"
    metadata = root["/Metadata"].get_data().decode() if "/Metadata" in root else ""
    if not metadata:
        yield "06-001 no XMP metadata"
    if 'pdfuaid:part="1"' not in metadata and "<pdfuaid:part>1<" not in metadata:
        yield "06-002 the metadata do not say PDF/UA-1"
    if "dc:title" not in metadata:
        yield "06-003 the metadata hold no title"
    shown = root.get("/ViewerPreferences", {}).get("/DisplayDocTitle")
    if shown is None or not bool(shown):
        yield (
            "07-002 a viewer is not asked to show the title"
            if shown is not None
            else "07-001 no DisplayDocTitle"
        )
    if not str(root.get("/Lang", "")).strip():
        yield "11-001 no language"
    if "/OCProperties" in root:
        yield "20-001 optional content"
    if "/EmbeddedFiles" in root.get("/Names", {}):
        yield "21-001 embedded files"
    if "/XFA" in root.get("/AcroForm", {}):
        yield "25-001 XFA"
    if made.is_encrypted:
        yield "26-001 encrypted"


def element_faults(elements: list[Element]) -> Iterator[str]:
    """Kinds of elements, where they may stand, and words of figures."""
    for element in elements:
        if element.kind not in STANDARD:
            yield f"02-001 {element.kind} is no standard type"
        parents = PARENTS.get(element.kind)
        if parents and (element.parent is None or element.parent.kind not in parents):
            within = element.parent.kind if element.parent else "nothing"
            yield f"{SYNTAX[element.kind]} {element.kind} within {within}"
        if element.kind == "L" and any(kid.kind not in {"LI", "Caption", "L"} for kid in element.kids):
            yield f"09-005 a list of {sorted({kid.kind for kid in element.kids})}"
        if element.kind == "LI" and any(kid.kind not in {"Lbl", "LBody"} for kid in element.kids):
            yield f"09-005 an item of {sorted({kid.kind for kid in element.kids})}"
        if element.kind == "Figure" and not (element.tree.get("/Alt") or element.tree.get("/ActualText")):
            yield "13-004 a figure without words"


def heading_faults(elements: list[Element]) -> Iterator[str]:
    """Headings begin with the first level and skip none."""
    levels = [
        int(e.kind[1]) for e in elements if len(e.kind) == 2 and e.kind[0] == "H" and e.kind[1].isdigit()
    ]
    if not levels or levels[0] != 1:
        yield "14-002 the first heading is not H1"
    for before, after in pairwise(levels):
        if after > before + 1:
            yield f"14-003 H{after} after H{before}"
    if any(element.kind == "H" for element in elements) and levels:
        yield "14-007 H beside H1"


def table_faults(elements: list[Element]) -> Iterator[str]:
    """Header cells say for which cells they stand, and what cells point to is there."""
    known = {e.tree["/ID"] for e in elements if "/ID" in e.tree}
    for element in elements:
        said = attributes(element.tree)
        if element.kind == "TH" and said.get("/Scope") not in ("/Row", "/Column", "/Both"):
            yield "15-003 a header cell without scope"
        for header in said.get("/Headers", ()):
            if header not in known:
                yield "15-003 a cell points to a header that is not there"
    if sum("/ID" in e.tree for e in elements) != len(known):
        yield "15-003 two elements share an identifier"


def attributes(tree: Any) -> dict[str, Any]:
    """The attributes of an element, of whatever owner."""
    given = tree.get("/A", DictionaryObject())
    found: dict[str, Any] = {}
    for one in given if isinstance(given, ArrayObject) else [given]:
        found |= dict(one.get_object())
    return found


def parent_tree_faults(root: Any, made: pypdf.PdfReader, content: Content) -> Iterator[str]:
    """The way back from a page's content to its element must lead where the tree says."""
    nums = root["/ParentTree"]["/Nums"]
    back = {int(nums[i]): nums[i + 1] for i in range(0, len(nums), 2)}
    for number, page in enumerate(made.pages):
        listed = back.get(int(page["/StructParents"])) if "/StructParents" in page else None
        mine = {mcid: element for (of, mcid), element in content.items() if of == number}
        if mine and listed is None:
            yield f"tree page {number + 1} is not in the parent tree"
            continue
        for mcid, element in mine.items():
            if mcid >= len(listed.get_object()) or listed.get_object()[mcid].get_object() != element.tree:
                yield f"tree content {mcid} of page {number + 1} leads back to another element"


def page_faults(page: Any, number: int, content: Content) -> Iterator[str]:
    """Content is an artifact or in the tree, never both and never neither; links have words."""
    yield from content_faults(page, number, content)
    links = page.get("/Annots", ())
    if links and "/Tabs" not in page:
        yield f"28-008 page {number + 1}: no order of tabs"
    elif links and page["/Tabs"] != "/S":
        yield f"28-009 page {number + 1}: the order of tabs is not that of the structure"
    for link in (one.get_object() for one in links):
        if not str(link.get("/Contents", "")).strip():
            yield f"28-012 page {number + 1}: a link without words"
        if "/StructParent" not in link:
            yield f"28-011 page {number + 1}: a link outside of the structure"


def content_faults(page: Any, number: int, content: Content) -> Iterator[str]:
    """Every painting operation, by the marks that are open around it."""
    if page.get_contents() is None:
        return
    open_marks: list[str] = []
    told: dict[str, int] = defaultdict(int)
    for found in _MARKS.finditer(_STRINGS.sub(b"", page.get_contents().get_data())):
        if found["end"]:
            open_marks.pop()
        elif found["paint"]:
            if not {"artifact", "tagged"} & set(open_marks):
                told["01-005 content that is neither tagged nor an artifact"] += 1
        else:
            mark = mark_of(found["tag"], found["told"] or b"", number, content)
            if mark == "artifact" and "tagged" in open_marks:
                told["01-003 an artifact within tagged content"] += 1
            if mark == "tagged" and "artifact" in open_marks:
                told["01-004 tagged content within an artifact"] += 1
            open_marks.append(mark)
    yield from (f"{words}, page {number + 1}, {n} times" for words, n in told.items())


def mark_of(tag: bytes, told: bytes, page: int, content: Content) -> str:
    """What a mark says of the content in it."""
    number = re.search(rb"/MCID\s*(\d+)", told)
    if tag == b"Artifact":
        return "artifact"
    return "tagged" if number and (page, int(number[1])) in content else "neither"


def font_faults(made: pypdf.PdfReader) -> Iterator[str]:
    """Fonts are embedded, and their characters lead to Unicode."""
    seen: set[int] = set()
    for page in made.pages:
        for held in page.get("/Resources", {}).get("/Font", {}).values():
            font = held.get_object()
            if id(font) in seen:
                continue
            seen.add(id(font))
            name = font.get("/BaseFont", "?")
            if isinstance(font.get("/ToUnicode", NullObject()), NullObject):
                yield f"10-001 {name} has no way to Unicode"
            inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            described = inner.get("/FontDescriptor", DictionaryObject()).get_object()
            if font.get("/Subtype") != "/Type3" and not any(
                f"/FontFile{n}" in described for n in ("", "2", "3")
            ):
                yield f"31-009 {name} is not embedded"
