"""The conformance kit: every rule that a plugin must keep, and who breaks which."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from testamur.hooks.plugin_state import remember_loads
from testamur.testing.complaint import Complaint
from testamur.testing.rules import checks, datasets, documents, imports, manifest, models, policies, reports
from testamur.testing.subject import Subject, open_subject


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the kit.

    Attributes:
        name: Short name, used in complaints.
        title: What must hold, in one sentence.
        examine: Yields a complaint per breach.
        static: True when it can be examined without loading the plugin.
    """

    name: str
    title: str
    examine: Callable[[Subject], Iterator[Complaint]]
    static: bool = False


RULES = (
    Rule(
        "load",
        "The plugin is found, fits this platform, and its hooks register.",
        manifest.loads,
        static=True,
    ),
    Rule("manifest", "plugin.toml is complete and names what is bundled.", manifest.is_complete, static=True),
    Rule("documents", "The README says Data, Fit for and Not fit for.", documents.say_what_for, static=True),
    Rule("imports", "Modules import only what a plugin may see.", imports.obey_the_laws, static=True),
    Rule("quiet", "Nothing happens at import, and no torch is imported.", imports.happen_quietly),
    Rule("datasets", "Each dataset is described and loads offline as described.", datasets.load_as_declared),
    Rule("leaks", "No column that leaks or is protected is a feature.", datasets.keep_leaks_out),
    Rule("options", "Each option has a description, bounds and a default.", models.describe_options),
    Rule("models", "Each model builds, computes and learns on tiny shapes.", models.learn),
    Rule("checks", "Each check cites its source and its golden cases hold.", checks.hold_golden_cases),
    Rule("policies", "Each limit refers to what exists and gives its reason.", policies.refer_and_reason),
    Rule("reports", "Each report part is drawn with and without its evidence.", reports.can_be_rendered),
)


def list_rules() -> tuple[Rule, ...]:
    """Every rule, in the order in which a plugin is held against them."""
    return RULES


def check_plugin(
    name: str, *, home: Path | None = None, path: Sequence[str] | None = None
) -> list[Complaint]:
    """Hold an installed plugin against every rule.

    Args:
        name: Entry name of the plugin, such as ``health``.
        home: Folder in which the result of loading it is kept for ``testamur plugin list``, or None.
        path: Import path to search for entry points; ``sys.path`` when None.

    Returns:
        Complaints in the order of the rules; empty when the plugin keeps them all.

    Raises:
        NotFound: No such plugin is installed.
        PluginError: The core itself cannot be loaded.
    """
    subject = open_subject(name, path=path)
    if home is not None:
        remember_loads(home, [subject.info])
    return [complaint for rule in RULES for complaint in examine(rule, subject)]


def examine(rule: Rule, subject: Subject) -> list[Complaint]:
    """Hold a plugin against one rule; a rule that cannot be finished is a complaint of its own."""
    if not rule.static and not subject.loaded:
        return []  # the rule "load" says why
    complaints: list[Complaint] = []
    try:
        complaints.extend(rule.examine(subject))
    except Exception as error:  # noqa: BLE001 - a plugin's code may raise anything; it is reported below
        complaints.append(
            Complaint(
                rule.name,
                f"the rule could not be examined: {type(error).__name__}: {error}",
                "mend what raises; the rule is then examined to its end",
            )
        )
    return complaints
