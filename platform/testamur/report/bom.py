"""The bill of materials: model, data and every distribution, as CycloneDX 1.6 (ECMA-424)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from testamur.contracts.report import Report
from testamur.report.canonical import dump_json, dump_record
from testamur.report.installed import Installed, installed_closure, normalise
from testamur.report.model_card import card_findings

SPEC_VERSION = "1.6"
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:testamur:bom")


def used_distributions(report: Report) -> tuple[Installed, ...]:
    """What the platform and the job's plugins are, and all that they need, as installed here."""
    others = [name for name, version in report.provenance.packages.items() if version != "not installed"]
    return installed_closure(["testamur", *report.provenance.requirements, *others])


def make_requirements(installed: Sequence[Installed]) -> bytes:
    """``requirements.txt``: each distribution with its version, as pip installs it."""
    return "".join(f"{one.name}=={one.version}\n" for one in installed).encode()


def make_bom(report: Report, installed: Sequence[Installed]) -> bytes:
    """The bill of materials; the same report and installation give the same bytes."""
    model = _model(report)
    roots = {normalise(name) for name in ("testamur", *report.provenance.requirements)}
    needed = sorted(_ref(one) for one in installed if one.name in roots)
    refs = {one.name: _ref(one) for one in installed}
    tree = {
        "$schema": f"http://cyclonedx.org/schema/bom-{SPEC_VERSION}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": SPEC_VERSION,
        "serialNumber": f"urn:uuid:{uuid.uuid5(_SPACE, dump_record(report).decode())}",
        "version": 1,
        "metadata": {
            "timestamp": report.provenance.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "tools": {
                "components": [
                    {"type": "application", "name": "testamur", "version": report.provenance.testamur_version}
                ]
            },
            "component": model,
        },
        "components": [_data(report), *(_library(one) for one in installed)],
        "dependencies": [
            {"ref": model["bom-ref"], "dependsOn": ["data", *needed]},
            *({"ref": _ref(one), "dependsOn": [refs[name] for name in one.needs]} for one in installed),
        ],
    }
    return dump_json(tree)


def _model(report: Report) -> dict[str, Any]:
    weights = report.training.weights_sha256 if report.training else None
    metrics = [
        {
            "type": finding.measure,
            "value": repr(finding.value),
            **({"slice": str(finding.group)} if finding.group else {}),
            **_interval(finding.low, finding.high),
        }
        for finding in card_findings(report)
    ]
    card: dict[str, Any] = {
        "modelParameters": {"task": report.data.problem_kind.value, "datasets": [{"ref": "data"}]},
        "quantitativeAnalysis": {"performanceMetrics": metrics},
    }
    considered = {"useCases": [report.purpose.intended], "technicalLimitations": list(report.limitations)}
    card["considerations"] = {key: value for key, value in considered.items() if any(value)}
    return {
        "type": "machine-learning-model",
        "bom-ref": "model",
        "name": report.title,
        "version": report.report_id,
        "description": report.model_title,
        **({"hashes": [{"alg": "SHA-256", "content": weights}]} if weights else {}),
        "modelCard": card,
    }


def _interval(low: float | None, high: float | None) -> dict[str, Any]:
    ends = {"lowerBound": low, "upperBound": high}
    known = {name: repr(end) for name, end in ends.items() if end is not None}
    return {"confidenceInterval": known} if known else {}


def _data(report: Report) -> dict[str, Any]:
    return {
        "type": "data",
        "bom-ref": "data",
        "name": report.data.title,
        "hashes": [{"alg": "SHA-256", "content": report.data.sha256}],
    }


def _library(one: Installed) -> dict[str, Any]:
    return {
        "type": "library",
        "bom-ref": _ref(one),
        "name": one.name,
        "version": one.version,
        "purl": f"pkg:pypi/{one.name}@{one.version.replace('+', '%2B')}",
        **({"licenses": [{"expression": one.licence}]} if one.licence else {}),
    }


def _ref(one: Installed) -> str:
    return f"{one.name}@{one.version}"
