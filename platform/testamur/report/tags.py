"""Tags of a PDF completed before it is written: what WeasyPrint 70 leaves open and PDF/UA-1 asks for.

Header cells get their scope (Matterhorn 15-003), and what stands in the margins of pages, which lies in no
structure element, is marked as an artifact (01-005).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

Objects = dict[bytes, Any]


def complete_tags(_document: Any, pdf: Any) -> None:
    """Complete the tags of a `pydyf.PDF` in place: the *finisher* of ``Document.write_pdf``."""
    objects: Objects = {thing.reference: thing for thing in pdf.objects}
    root = objects[pdf.catalog["StructTreeRoot"]]
    reached = set(_reached(root["K"], objects))
    for element in (objects[reference] for reference in reached):
        if element["S"] == "/TH":
            element["A"]["Scope"] = _scope(element, objects)
    _release_margins(objects[root["ParentTree"]]["Nums"], reached, pdf, objects)


def _reached(kids: Any, objects: Objects) -> Iterator[bytes]:
    """References of all structure elements below some kids."""
    waiting = list(kids)
    while waiting:
        reference = waiting.pop()
        element = objects.get(reference) if isinstance(reference, bytes) else None
        if element is not None and "S" in element:
            yield reference
            waiting.extend(element["K"])


def _scope(cell: Any, objects: Objects) -> str:
    """A header in a table's head stands for its column, any other for its row."""
    row = objects[cell["P"]]
    return "/Column" if objects[row["P"]]["S"] == "/THead" else "/Row"


def _release_margins(nums: list[Any], reached: set[bytes], pdf: Any, objects: Objects) -> None:
    """Mark content whose element is not in the tree as an artifact of its page."""
    for page in (objects[reference] for reference in pdf.page_references):
        elements = nums[nums.index(page["StructParents"]) + 1]
        loose = {number for number, reference in enumerate(elements) if reference not in reached}
        parts = objects[page["Contents"]].stream
        for place, part in enumerate(parts):
            if isinstance(part, dict) and part.get("MCID") in loose:
                parts[place - 1] = "/Artifact"
                del part["MCID"]
                part["Type"] = "/Pagination"
        for number in loose:
            elements[number] = b"null"
