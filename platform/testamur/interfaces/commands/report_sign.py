"""``testamur report sign``."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from testamur.contracts.errors import ConfigurationError, IntegrityError, Problem
from testamur.interfaces.commands.key import read_passphrase
from testamur.interfaces.dossiers import find_dossier, read_report
from testamur.interfaces.invocation import current, json_option

if TYPE_CHECKING:
    from testamur.contracts.decision import Decision
    from testamur.report.keys import SigningKey

_KINDS = {"release": "release", "conditional": "release with conditions", "refuse": "do not release"}
_SUMMARY = "The decision cannot be signed"


@click.command()
@click.argument("name", metavar="ID|FOLDER")
@click.option("--key", "key_file", required=True, type=click.Path(path_type=Path), help="Your private key.")
@click.option("--passphrase-file", type=click.File("r"), help="Its first line is the passphrase; else asked.")
@click.option("--name", "person", required=True, help="Who decides.")
@click.option("--role", required=True, help="In which office.")
@click.option("--decision", required=True, type=click.Choice(list(_KINDS)), help="What is decided.")
@click.option("--condition", "conditions", multiple=True, help="For a conditional release; may be repeated.")
@click.option("--reason", "reasons", multiple=True, metavar="LIMIT=TEXT", help="Why a limit need not be met.")
@click.option("--risk", default="", help="What risk remains, and who bears it.")
@click.option("--expires", metavar="DATE", help="Last day it holds; the report's own when not given.")
@json_option
def sign(
    name: str,
    key_file: Path,
    passphrase_file: TextIO | None,
    person: str,
    role: str,
    decision: str,
    conditions: tuple[str, ...],
    reasons: tuple[str, ...],
    risk: str,
    expires: str | None,
    as_json: bool,
) -> None:
    """Sign your decision on a report, beside the platform's seal, which stays as it is.

    A release asks that every must limit is met, and for a written reason for each should limit that is not.
    """
    from testamur.contracts.decision import DecisionKind
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.report.sign import sign_decision
    from testamur.report.verify import verify_dossier

    folder = find_dossier(name, current().settings())
    if not verify_dossier(folder).ok:
        raise IntegrityError(
            "a dossier as it was sealed is required, however: it was changed",
            remedy=f"see how: testamur report verify {folder}",
        )
    report = read_report(folder)
    key = _open_key(key_file, passphrase_file)
    made = _decide(
        report_id=report.report_id,
        kind=DecisionKind(_KINDS[decision]),
        name=person,
        role=role,
        conditions=conditions,
        reasons=_pairs(reasons),
        residual_risk=risk,
        expires=_day(expires) if expires else report.expires,
        decided_at=datetime.now(UTC).replace(microsecond=0),
        signer=key.fingerprint,
    )
    path = sign_decision(folder, made, report, key)
    if as_json:
        print_json({"signature": str(path), **made.model_dump(mode="json")})
    else:
        click.echo(f"{made.kind.value}, by {person} ({role}), until {made.expires}: {path}")


def _open_key(path: Path, passphrase_file: TextIO | None) -> SigningKey:
    from testamur.report.person_key import is_locked, read_person_key

    locked = is_locked(path)
    return read_person_key(path, read_passphrase(passphrase_file) if locked else "")


def _pairs(given: tuple[str, ...]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    faults = [
        Problem("--reason", f"LIMIT=TEXT is required, however: {limit[:60]!r}")
        for limit, equals, _ in pairs
        if not equals
    ]
    if faults:
        raise ConfigurationError(_SUMMARY, faults)
    return {limit.strip(): text.strip() for limit, _, text in pairs}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        fault = Problem("--expires", f"a day like 2027-06-30 is required, however: {text[:40]!r}")
        raise ConfigurationError(_SUMMARY, [fault]) from error


def _decide(**fields: Any) -> Decision:
    """The decision with these fields; its faults in our words."""
    from pydantic import ValidationError

    from testamur.contracts.decision import Decision
    from testamur.jobs.explain import explain_faults

    try:
        return Decision(**fields)
    except ValidationError as error:
        raise ConfigurationError(_SUMMARY, explain_faults(error, Decision)) from error
