"""Laws about imports that a layer diagram cannot say; the others are run by ``lint-imports``."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from testamur.testing.rules.imports import PUBLIC

ROOT = Path(__file__).parents[2]
PLATFORM = ROOT / "platform" / "testamur"
HEAVY = {"torch", "sqlmodel", "sqlalchemy", "celery", "polars", "numpy", "scipy", "sklearn", "jinja2"}
ROOMS_OF_COMMANDS = {
    "testamur.pipeline",
    "testamur.data",
    "testamur.report",
    "testamur.train",
    "testamur.audit",
}


def top_level_imports(path: Path) -> set[str]:
    """Modules imported when `path` is imported, without those under TYPE_CHECKING."""
    found: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def within(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


@pytest.mark.parametrize("path", sorted((PLATFORM / "interfaces").rglob("*.py")), ids=lambda p: p.stem)
def test_interfaces_reach_the_rooms_only_inside_a_commands_body(path):
    wrong = {m for m in top_level_imports(path) if within(m, ROOMS_OF_COMMANDS | HEAVY)}
    assert wrong == set()


@pytest.mark.parametrize(
    "path",
    [p for p in sorted((ROOT / "plugins").rglob("*.py")) if not {"tests", "tools", "nets"} & set(p.parts)],
    ids=lambda p: f"{p.parent.name}/{p.name}",
)
def test_plugins_see_only_the_contracts_and_the_services(path):
    tree = ast.parse(path.read_text())
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    of_testamur = {m for m in modules if m.startswith("testamur.")}
    wrong = {m for m in of_testamur if not within(m, {*PUBLIC, "testamur.train.options"})}
    assert wrong == set()
    assert not {m for m in modules if within(m, {"torch", "sqlalchemy", "celery", "redis"})}


def modules_after(*arguments: str, home: Path) -> set[str]:
    """Names in sys.modules after a command line has run in a fresh process."""
    code = (
        "import sys, json, io, contextlib\n"
        "from testamur.interfaces.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()):\n"
        "    try:\n"
        f"        main({list(arguments)!r})\n"
        "    except SystemExit as end:\n"
        "        assert end.code in (0, None), end.code\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=home,
        env={"TESTAMUR_HOME": str(home), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize(
    "arguments", [("--help",), ("plugin", "list"), ("plugin", "list", "--json")], ids=" ".join
)
def test_help_and_listings_start_light(arguments, tmp_path):
    loaded = modules_after(*arguments, home=tmp_path)
    assert not loaded & {"torch", "sqlmodel", "sqlalchemy", "celery", "pydantic", "polars", "numpy", "pluggy"}


@pytest.mark.parametrize("arguments", [("job", "list"), ("job", "schema"), ("model", "list")], ids=" ".join)
def test_listing_jobs_and_models_needs_no_torch(arguments, tmp_path):
    assert not modules_after(*arguments, home=tmp_path) & {"torch", "celery"}


def test_importing_the_package_costs_nothing():
    code = "import sys; before = set(sys.modules); import testamur; print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not any(name in done.stdout for name in ("torch", "pydantic", "polars", "sqlmodel"))


STANDARD_OR_PYDANTIC = {*sys.stdlib_module_names, "pydantic", "pydantic_core", "testamur"}


@pytest.mark.parametrize("path", sorted((PLATFORM / "contracts").glob("*.py")), ids=lambda p: p.stem)
def test_contracts_import_pydantic_and_the_standard_library_alone(path):
    """Whatever is not listed is refused, unlike in a list of what is forbidden; types are not imports."""
    tree = ast.parse(path.read_text())
    in_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    seen = [node for node in ast.walk(tree) if id(node) not in in_types]
    modules = {node.module for node in seen if isinstance(node, ast.ImportFrom) and node.module}
    modules |= {alias.name for node in seen if isinstance(node, ast.Import) for alias in node.names}
    assert {module for module in modules if module.partition(".")[0] not in STANDARD_OR_PYDANTIC} == set()
