"""Rules about what a plugin tells its readers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, metadata

from testamur.testing.complaint import Complaint
from testamur.testing.subject import Subject

HEADINGS = ("Data", "Fit for", "Not fit for")
_SHORTEST = 40  # characters: less is a heading without an answer


def say_what_for(subject: Subject) -> Iterator[Complaint]:
    """The distribution's README has the sections Data, Fit for and Not fit for, each with text."""
    text = _readme(subject)
    if not text:
        yield Complaint(
            "documents",
            "a README in the distribution's metadata is required",
            'write README.md and put readme = "README.md" into pyproject.toml',
        )
        return
    sections = _sections(text)
    for heading in HEADINGS:
        if len(sections.get(heading.lower(), "")) < _SHORTEST:
            yield Complaint(
                "documents",
                f"README: a section {heading!r} with an answer is required",
                f"add '## {heading}' to README.md (and install again: the metadata holds a copy)",
            )


def _readme(subject: Subject) -> str:
    source = subject.folder.parent if subject.folder is not None else None
    if source is not None and (source / "pyproject.toml").is_file() and (source / "README.md").is_file():
        return (source / "README.md").read_text(encoding="utf-8")  # installed from a source tree in place
    try:
        about = metadata(subject.info.distribution)
    except PackageNotFoundError:
        return ""
    body: object = about.get("Description") or about.get_payload()  # type: ignore[attr-defined]  # a Message
    return str(body or "")


def _sections(text: str) -> dict[str, str]:
    parts = re.split(r"^#{1,6}[ \t]+(.+?)[ \t]*$", text, flags=re.MULTILINE)
    return {title.lower(): body.strip() for title, body in zip(parts[1::2], parts[2::2], strict=True)}
