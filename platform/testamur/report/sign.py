"""A person's signature over a decision: a statement of its own, beside the platform's seal.

The seal is not touched: a signature lies in ``signatures/``, names the sealed manifest by its SHA-256,
and is worth what the reader's trust in the person's key is worth.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from pydantic import ValidationError

from testamur.contracts.decision import Decision, DecisionKind
from testamur.contracts.errors import ConfigurationError, IntegrityError, Problem, StoreError
from testamur.contracts.policy import Severity, VerdictStatus
from testamur.contracts.report import Report
from testamur.report.attest import STATEMENT_TYPE
from testamur.report.canonical import dump_json
from testamur.report.envelope import Envelope, encode_for_signature, read_envelope, write_envelope
from testamur.report.keys import SigningKey, fingerprint, read_public
from testamur.report.listing import MANIFEST, SIGNATURES, digest_file

DECISION_TYPE = "urn:testamur:attestation:decision:v1"


@dataclass(frozen=True, slots=True)
class Signature:
    """A signed decision as a verifier finds it.

    Attributes:
        decision: What was decided, by whom.
        name: File below the dossier.
    """

    decision: Decision
    name: str


def check_decision(decision: Decision, report: Report) -> None:
    """Make sure that a decision may be signed on a report.

    A release asks that every binding limit is met; whoever releases gives a written reason for each
    other limit that is not.

    Raises:
        ConfigurationError: With everything that stands against it.
    """
    problems: list[Problem] = []
    if decision.expires > report.expires:
        message = f"a day up to the end of the report, {report.expires}, is required"
        problems.append(Problem("expires", f"{message}, however: {decision.expires}"))
    if decision.expires < decision.decided_at.date():
        problems.append(Problem("expires", f"a day ahead is required, however: {decision.expires}"))
    open_limits = {v.limit.id: v for v in report.verdicts if v.status is not VerdictStatus.MET}
    for strange in sorted(decision.reasons.keys() - open_limits.keys()):
        problems.append(
            Problem(f"reason {strange}", "a limit that is not met is required, however: it is none")
        )
    if decision.kind is not DecisionKind.REFUSE:
        problems += _standing_against(decision, report, open_limits)
    if problems:
        raise ConfigurationError("The decision cannot be signed", problems)


def _standing_against(decision: Decision, report: Report, open_limits: dict[str, Any]) -> list[Problem]:
    problems = []
    for name, verdict in open_limits.items():
        if verdict.limit.severity is Severity.MUST:
            message = f"a binding limit is required to be met, however: {verdict.status.value}"
            problems.append(Problem(f"limit {name}", message, "mend the model, or decide: do not release"))
        elif not decision.reasons.get(name, "").strip():
            message = f"a written reason is required, for the limit is {verdict.status.value}"
            problems.append(Problem(f"limit {name}", message, f'--reason {name}="..."'))
    return problems


def sign_decision(folder: Path, decision: Decision, report: Report, key: SigningKey) -> Path:
    """Write a person's signed decision into a dossier.

    Args:
        folder: The dossier; verify it first.
        decision: What is decided.
        report: The report of the dossier.
        key: The person's key.

    Returns:
        Path of the signature; the person's public key lies beside it.

    Raises:
        ConfigurationError: The decision cannot be signed on this report.
        IntegrityError: The decision names another report or key.
        StoreError: It cannot be written.
    """
    if (decision.report_id, decision.signer) != (report.report_id, key.fingerprint):
        raise IntegrityError("the decision must name this report and this key, however: it names others")
    check_decision(decision, report)
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": MANIFEST, "digest": {"sha256": digest_file(folder / MANIFEST)[0]}}],
        "predicateType": DECISION_TYPE,
        "predicate": json.loads(decision.model_dump_json()),
    }
    payload = dump_json(statement)
    envelope = Envelope(payload, key.fingerprint, key.sign(encode_for_signature(payload)))
    stem = f"{decision.decided_at.strftime('%Y%m%dT%H%M%SZ')}-{key.fingerprint[:16]}"
    path = folder / SIGNATURES / f"{stem}.dsse.json"
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("xb") as file:
            file.write(write_envelope(envelope))
        path.with_name(f"{stem}.pub").write_bytes(key.public_pem)
    except OSError as error:
        raise StoreError(f"the signature must be written to {path}, however: {error.strerror}") from error
    return path


def read_signatures(folder: Path, problems: list[Problem]) -> tuple[Signature, ...]:
    """Every signed decision in a dossier, the oldest first.

    Args:
        folder: The dossier.
        problems: Takes what is wrong with a signature; it is then not among those returned.
    """
    where = folder / SIGNATURES
    if not where.exists():
        return ()
    found = []
    manifest_sha256 = digest_file(folder / MANIFEST)[0]
    envelopes = sorted(where.glob("*.dsse.json"))
    for path in envelopes:
        name = path.relative_to(folder).as_posix()
        try:
            found.append(Signature(_read_one(path, manifest_sha256), name))
        except IntegrityError as error:
            problems.append(Problem(name, error.message))
    keys = {path.with_name(f"{path.name.removesuffix('.dsse.json')}.pub") for path in envelopes}
    strange = set(where.rglob("*")) - set(envelopes) - keys
    problems += [
        Problem(path.relative_to(folder).as_posix(), "no signature and no key of one")
        for path in sorted(strange)
    ]
    return tuple(found)


def _read_one(path: Path, manifest_sha256: str) -> Decision:
    public_path = path.with_name(f"{path.name.removesuffix('.dsse.json')}.pub")
    if path.is_symlink() or public_path.is_symlink() or not public_path.is_file():
        raise IntegrityError("a signature with its public key beside it is required, however: there is none")
    envelope = read_envelope(path.read_bytes())
    public = read_public(public_path.read_bytes(), origin=public_path.name)
    try:
        public.verify(envelope.signature, encode_for_signature(envelope.payload))
        statement = json.loads(envelope.payload)
        decision = Decision.model_validate_json(json.dumps(statement["predicate"]))
        (subject,) = statement["subject"]
        named = (statement["_type"], statement["predicateType"], subject["name"], subject["digest"]["sha256"])
    except (InvalidSignature, ValidationError, ValueError, KeyError, TypeError) as error:
        raise IntegrityError("a valid signature over a decision is required, however: it is none") from error
    if named != (STATEMENT_TYPE, DECISION_TYPE, MANIFEST, manifest_sha256):
        raise IntegrityError("a decision on this dossier is required, however: it is on another")
    if not envelope.key_id == decision.signer == fingerprint(public):
        raise IntegrityError("a decision signed with the key it names is required, however: it names another")
    return decision
