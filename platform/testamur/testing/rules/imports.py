"""Rules about what a plugin's modules import, and that importing them does nothing else."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from testamur.testing.complaint import Complaint
from testamur.testing.subject import Subject

SERVICES = (
    "testamur.data.inert_arrays",
    "testamur.audit.attack_budget",
    "testamur.audit.bootstrap_interval",
    "testamur.audit.counterfactual",
    "testamur.audit.disclosure",
    "testamur.audit.interval",
    "testamur.audit.reasons",
    "testamur.audit.rounding",
)  # numpy only
PUBLIC = ("testamur.contracts", "testamur.testing", *SERVICES)
IN_NETS = ("torch", "testamur.train")
REFUSED = {
    "celery": "jobs are carried by the platform",
    "redis": "jobs are carried by the platform",
    "sqlalchemy": "the database is the platform's",
    "sqlmodel": "the database is the platform's",
    "pluggy": "mark hooks with testamur.hookimpl",
    "pickle": "pickles run code when they are read; write safetensors, JSON or Arrow",
    "dill": "pickles run code when they are read; write safetensors, JSON or Arrow",
    "cloudpickle": "pickles run code when they are read; write safetensors, JSON or Arrow",
    "joblib": "pickles run code when they are read; write safetensors, JSON or Arrow",
    "shelve": "pickles run code when they are read; write safetensors, JSON or Arrow",
}
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
_PROBE = Path(__file__).with_name("import_probe.py")


def obey_the_laws(subject: Subject) -> Iterator[Complaint]:
    """Modules see testamur, its contracts, testing and services and, in nets, torch and testamur.train."""
    if subject.folder is None:
        return
    for path in sorted(subject.folder.rglob("*.py")):
        relative = path.relative_to(subject.folder)
        in_nets = "nets" in relative.parts[:-1] or relative.name == "nets.py"
        for line, module in imported_modules(path.read_text(encoding="utf-8")):
            reason = _refusal(module, subject.folder.name, in_nets=in_nets)
            if reason:
                yield Complaint("imports", f"{relative}:{line} imports {module}", reason)


def imported_modules(source: str) -> list[tuple[int, str]]:
    """Line and absolute name of every module that a source file imports, also by ``import_module``."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [(node.lineno, name) for name in names] if node.module == "testamur" else []
            found += [(node.lineno, node.module)] if node.module != "testamur" else []
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__") and node.args:
            argument = node.args[0]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                found.append((node.lineno, argument.value))
    return found


def happen_quietly(subject: Subject) -> Iterator[Complaint]:
    """Registration in a fresh process prints nothing, starts nothing and imports no torch."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    environment["PYTHONPATH"] = os.pathsep.join(entry for entry in sys.path if entry)
    answer = subprocess.run(  # noqa: S603 - our own interpreter and script; the names are identifiers
        [sys.executable, "-W", "ignore", str(_PROBE), subject.info.name, subject.info.module],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )
    if answer.returncode != 0:
        last = answer.stderr.strip().splitlines()[-1:] or ["no message"]
        yield Complaint("quiet", f"registration in a fresh process failed: {last[0]}", "mend the import")
        return
    printed, _, report = answer.stdout.rpartition("\n\x1e")
    if printed.strip() or answer.stderr.strip():
        yield Complaint("quiet", "text is printed at import", "remove the print or the logging set-up")
    for change in json.loads(report):
        yield Complaint("quiet", change, "do it in the function that needs it, not at import")


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _refusal(module: str, own: str, *, in_nets: bool) -> str:
    top = module.partition(".")[0]
    if top in REFUSED:
        return REFUSED[top]
    if top.startswith("testamur_") and top != own:
        return "plugins do not see each other: move what is shared into a distribution of its own"
    if _within(module, IN_NETS):
        return "" if in_nets else "torch and testamur.train are imported in the plugin's nets only"
    inner = module.split(".")
    if top == "testamur" and len(inner) > 1 and not _within(module, PUBLIC) and inner[1] not in _exported():
        return "a plugin sees testamur, testamur.contracts, testamur.testing and " + ", ".join(SERVICES)
    return ""


def _within(module: str, parents: tuple[str, ...]) -> bool:
    return any(module == parent or module.startswith(parent + ".") for parent in parents)


def _exported() -> tuple[str, ...]:
    import testamur

    return tuple(testamur.__all__)
