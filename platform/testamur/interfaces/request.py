"""From flags or Python arguments to the tree of a job file: one table says which is which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from testamur.contracts.errors import ConfigurationError, Problem


@dataclass(frozen=True, slots=True)
class Flag:
    """One entry of a job file that can be a flag.

    Attributes:
        name: Flag without dashes; also the Python argument, with underscores.
        path: Section and entry in the job file.
        help: What it says.
        kind: Type of the value.
        many: May be given several times, or with commas.
        pairs: Pairs such as declared=own, one each time it is given.
        is_file: A relative path counts from the current folder, not from the job file's.
    """

    name: str
    path: tuple[str, str]
    help: str
    kind: type = str
    many: bool = False
    is_file: bool = False
    pairs: bool = False

    @property
    def argument(self) -> str:
        """Name of the Python argument."""
        return self.name.replace("-", "_")


FLAGS = (
    Flag(
        "dataset",
        ("dataset", "use"),
        "A registered dataset, such as health.nhefs; this, --data or --query is needed.",
    ),
    Flag("data", ("dataset", "path"), "A file of your own: CSV, TSV, Parquet, Arrow.", is_file=True),
    Flag(
        "columns",
        ("dataset", "columns"),
        "Name in --dataset = name in your own data, such as customer=client_no; --data or --query with it.",
        pairs=True,
    ),
    Flag("query", ("dataset", "query"), "SQL instead of a file; needs --url."),
    Flag("url", ("dataset", "url"), "SQLAlchemy URL of the database; env:NAME takes it from a variable."),
    Flag("target", ("dataset", "target"), "Column that is predicted; needed with --data and --query."),
    Flag("positive", ("dataset", "positive"), "Label of the event, such as yes; of two outcomes."),
    Flag(
        "problem",
        ("dataset", "problem"),
        "binary, multiclass or regression (found out when not given), forecast or ranking.",
    ),
    Flag("horizon", ("dataset", "horizon"), "Steps that a forecast looks ahead.", kind=int),
    Flag("season", ("dataset", "season"), "Steps of a forecast's main cycle; found out otherwise.", kind=int),
    Flag("protected", ("dataset", "protected"), "Columns that define groups, such as sex,age.", many=True),
    Flag(
        "features", ("dataset", "features"), "Columns the model sees; all others when not given.", many=True
    ),
    Flag("ignore", ("dataset", "ignore"), "Columns to leave out.", many=True),
    Flag("categorical", ("dataset", "categorical"), "Number columns that are codes.", many=True),
    Flag("identifier", ("dataset", "identifier"), "Column that names a row."),
    Flag("entity", ("dataset", "entity"), "Column that names whom several rows are about."),
    Flag("time", ("dataset", "time"), "Column that orders rows; the latest become the test."),
    Flag("weight", ("dataset", "weight"), "Column that says how much each row counts."),
    Flag("encoding", ("dataset", "encoding"), "Encoding of the file, such as gb18030; found out otherwise."),
    Flag("separator", ("dataset", "separator"), "Separator of the file; found out otherwise."),
    Flag("model", ("model", "use"), "A registered model; core.tabular when not given."),
    Flag("epochs", ("training", "epochs"), "Passes over the training rows at most.", kind=int),
    Flag(
        "policy",
        ("audit", "policy"),
        "Policy the findings are held against; the dataset's or domain's when not given.",
    ),
    Flag("policy-file", ("audit", "policy_file"), "A policy of your own as TOML.", is_file=True),
    Flag("threshold", ("audit", "threshold"), "Decision threshold: a number, or a rule such as youden."),
    Flag("name", ("job", "name"), "What people call the job."),
    Flag("seed", ("job", "seed"), "Seed of every random draw.", kind=int),
    Flag("priority", ("job", "priority"), "urgent, normal or batch."),
    Flag(
        "max-attempts",
        ("job", "max_attempts"),
        "When so many attempts are lost with their workers, the job fails.",
        kind=int,
    ),
    Flag("client-key", ("job", "client_key"), "Name of this request: sent again, it gives the same job."),
    Flag("deadline", ("job", "deadline"), "Moment with a zone, such as 2030-01-31T18:00:00+01:00."),
)


def put_flags(
    tree: Mapping[str, Any], given: Mapping[str, Any], flags: Sequence[Flag] = FLAGS
) -> dict[str, Any]:
    """Return the tree with the given flags in their places; what is None or empty was not given.

    Args:
        tree: Tree of a job file, or an empty one.
        given: Values by argument name.
        flags: Which flags there are.

    Raises:
        ConfigurationError: A section of the tree is no table.
    """
    result = {key: dict(value) if isinstance(value, Mapping) else value for key, value in tree.items()}
    problems = []
    for flag in flags:
        value = given.get(flag.argument)
        if value is None or value == () or value == []:
            continue
        section, entry = flag.path
        table = result.setdefault(section, {})
        if not isinstance(table, dict):
            problems.append(Problem(section, f"a table is required, however: {type(table).__name__}"))
            continue
        if section == "dataset" and entry in ("use", "path", "query"):
            _forget_origins(table, entry, given)
        table[entry] = (
            {**table.get(entry, {}), **read_pairs(value, problems)} if flag.pairs else _value(flag, value)
        )
    if problems:
        raise ConfigurationError("The job cannot be used", problems)
    return result


def _forget_origins(table: dict[str, Any], entry: str, given: Mapping[str, Any]) -> None:
    """A dataset named beside a job file takes the place of the file's own.

    Unless columns are mapped: then data of one's own and the dataset they are read as belong together.
    """
    origins = {"use": "dataset", "path": "data", "query": "query"}
    if table.get("columns") or given.get("columns"):
        origins = {"path": "data", "query": "query"} if entry != "use" else {}
    for other, argument in origins.items():
        if other != entry and given.get(argument) is None:
            table.pop(other, None)


def read_pairs(value: Any, problems: list[Problem]) -> dict[str, str]:
    """Declared name -> own name, from a mapping or from texts such as ``customer=client_no``."""
    if isinstance(value, Mapping):
        return {str(declared): str(own) for declared, own in value.items()}
    pairs: dict[str, str] = {}
    for text in value:
        declared, equals, own = text.partition("=")
        if equals and declared.strip() and own.strip():
            pairs[declared.strip()] = own.strip()
        else:
            message = f"declared=own is required, such as customer=client_no, however: {text[:80]!r}"
            problems.append(Problem("columns", message))
    return pairs


def _value(flag: Flag, value: Any) -> Any:
    if flag.many:
        return [value] if isinstance(value, str) else [str(name) for name in value]
    if flag.is_file:
        return str(Path(value).expanduser().absolute())
    if flag.name == "threshold":
        return _number_or_rule(value)
    return value


def _number_or_rule(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return value
