"""Rules about a plugin's datasets."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from testamur.contracts.cache import lies_there
from testamur.contracts.dataset import DatasetSpec, Role
from testamur.contracts.errors import TestamurError
from testamur.contracts.job import DatasetRequest
from testamur.settings import Settings
from testamur.testing.complaint import Complaint
from testamur.testing.subject import Subject

if TYPE_CHECKING:
    from testamur.data.load import LoadedSource


def load_as_declared(subject: Subject) -> Iterator[Complaint]:
    """Each dataset states origin, licence and limits, and loads offline with the columns it declares."""
    for spec in subject.datasets:
        yield from _describes_itself(spec)
        if not _is_here(spec):
            continue
        try:
            loaded = load_offline(subject, spec)
        except TestamurError as error:
            yield Complaint(
                "datasets", f"{spec.key} does not load: {error.message}", error.remedy or "mend the data"
            )
            continue
        missing = sorted({column.name for column in spec.columns} - set(loaded.frame.columns))
        if missing:
            yield Complaint(
                "datasets",
                f"{spec.key}: declared columns are not in the data: {', '.join(missing)}",
                "mend the names, or remove the declarations",
            )


def keep_leaks_out(subject: Subject) -> Iterator[Complaint]:
    """No feature is a declared leak or a copy of the target or of a protected column.

    A leak that is in the data without a declaration is refused by the loader itself.
    """
    for spec in subject.datasets:
        declared = {column.name for column in spec.columns if column.role is Role.FEATURE}
        for name in sorted(declared & spec.leaks.keys()):
            yield Complaint(
                "leaks", f"{spec.key}: the leaking column {name!r} is a feature", "give it the role ignored"
            )
        if not _is_here(spec):
            continue
        try:
            loaded = load_offline(subject, spec)
        except TestamurError:
            continue  # the rule "datasets" says why
        roles = {column.name: column.role for column in loaded.spec.columns}
        features = [name for name, role in roles.items() if role is Role.FEATURE]
        if not any(role is Role.PROTECTED for role in roles.values()) and not _explains_absence(spec):
            yield Complaint(
                "leaks",
                f"{spec.key}: a protected column is required, or a caveat that says why there is none",
                "give a column the role protected, or add a caveat with the word 'protected'",
            )
        apart = [name for name, role in roles.items() if role in (Role.TARGET, Role.PROTECTED)]
        for name, twin in _copies(loaded.frame, features, apart):
            yield Complaint(
                "leaks",
                f"{spec.key}: the feature {name!r} holds the same values as {twin!r}",
                "remove the copy from the data, or give it the role ignored",
            )


def load_offline(subject: Subject, spec: DatasetSpec) -> LoadedSource:
    """Load a dataset once for all rules; connections are refused unless the plugin asks for the network."""
    from testamur.data.load import load_source

    if spec.key in subject.loaded_data:
        return subject.loaded_data[spec.key]
    manifest = subject.info.manifest
    online = manifest is not None and "network" in manifest.permissions
    with contextlib.nullcontext() if online else refused_network():
        loaded = load_source(DatasetRequest(use=spec.key), spec, base=Path.cwd())
    subject.loaded_data[spec.key] = loaded
    return loaded


def _is_here(spec: DatasetSpec) -> bool:
    """A dataset that is fetched can be held against its declaration where it has been; never by fetching."""
    return lies_there(spec, Settings.from_environment().datasets)


@contextlib.contextmanager
def refused_network() -> Iterator[None]:
    """Refuse every new network connection of this process while the context lasts."""

    def refuse(*_arguments: Any, **_named: Any) -> NoReturn:
        raise ConnectionRefusedError("the conformance kit loads data offline")

    held = socket.socket.connect, socket.getaddrinfo
    socket.socket.connect = refuse  # type: ignore[method-assign]  # restored below
    socket.getaddrinfo = refuse
    try:
        yield
    finally:
        socket.socket.connect, socket.getaddrinfo = held  # type: ignore[method-assign]  # as above


def _describes_itself(spec: DatasetSpec) -> Iterator[Complaint]:
    required = {
        "summary": spec.summary,
        "fit_for": spec.fit_for,
        "not_fit_for": spec.not_fit_for,
        "source.citation": spec.source.citation,
        "source.licence": "" if spec.source.licence == "not stated" else spec.source.licence,
        "problem.event": spec.problem.event if spec.problem.kind == "binary" else "not needed",
        "caveats": "".join(spec.caveats),
    }
    for name, text in required.items():
        if not text.strip():
            yield Complaint(
                "datasets",
                f"{spec.key}: {name} is required, however: it is empty",
                "say it in the DatasetSpec",
            )
    if spec.fetch is not None and spec.fetch.n_bytes is None:
        yield Complaint(
            "datasets", f"{spec.key}: fetch.n_bytes is required, so that a user knows what comes", "state it"
        )
    if spec.resource is not None and spec.source.sha256 is None:
        yield Complaint(
            "datasets", f"{spec.key}: source.sha256 of the shipped file is required", "add its SHA-256"
        )


def _explains_absence(spec: DatasetSpec) -> bool:
    return any("protected" in caveat.lower() for caveat in spec.caveats)


def _copies(frame: Any, features: list[str], apart: list[str]) -> Iterator[tuple[str, str]]:
    for name in features:
        for other in apart:
            if frame[name].dtype == frame[other].dtype and frame[name].equals(frame[other], null_equal=True):
                yield name, other
