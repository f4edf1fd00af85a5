"""Every function of the audit and of the domains that makes the ends of an interval, read off the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_RECORDS = ("Estimate", "Interval")


def makers() -> set[str]:
    """Names as ``module:function``; a method's with its class before it. Golden cases are left out."""
    found: set[str] = set()
    for folder in (ROOT / "platform", *sorted((ROOT / "plugins").iterdir())):
        for path in sorted(folder.rglob("*.py")):
            module = ".".join(path.relative_to(folder).with_suffix("").parts)
            wanted = module.startswith(("testamur.audit.", "testamur_")) and ".golden" not in module
            if wanted and "tests" not in path.relative_to(folder).parts:
                tree = ast.parse(path.read_text(encoding="utf-8"))
                found |= {f"{module}:{name}" for name in makers_of(tree.body)}
    return found


def makers_of(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    """Names of the functions of a body that make ends."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from makers_of(node.body, f"{node.name}.")
        elif isinstance(node, ast.FunctionDef) and any(_makes(part) for part in ast.walk(node)):
            yield prefix + node.name


def _makes(node: ast.AST) -> bool:
    """A record with ends of its own, or a finding or another record that is given ends."""
    if not isinstance(node, ast.Call):
        return False
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    given = {word.arg for word in node.keywords}
    ends = len(node.args) + len(given) > 1
    return (name in _RECORDS and ends) or (name in ("Finding", "replace") and bool(given & {"low", "high"}))
