"""Rules about a plugin's report parts."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

from testamur.hooks.references import resolve
from testamur.testing.complaint import Complaint
from testamur.testing.subject import Subject


def can_be_rendered(subject: Subject) -> Iterator[Complaint]:
    """Each report part has a function that makes its content and a template inside the plugin."""
    for spec in subject.reports:
        resolve(spec.render)
        if locate_template(spec.template) is None:
            yield Complaint(
                "reports",
                f"{spec.key}: the template {spec.template!r} does not exist",
                "package:relative/path of a file inside the plugin is required",
            )


def locate_template(reference: str) -> Path | None:
    """Path of a template named ``package:relative/path``, or None where there is none."""
    package, _, relative = reference.partition(":")
    spec = importlib.util.find_spec(package) if package.isidentifier() else None
    if spec is None or not spec.submodule_search_locations or ".." in Path(relative).parts:
        return None
    path = Path(next(iter(spec.submodule_search_locations)), relative)
    return path if path.is_file() else None
