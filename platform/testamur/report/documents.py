"""What lies beside the report in a dossier, for other readers: card, crosswalk, bill of materials."""

from __future__ import annotations

from testamur.contracts.report import Report
from testamur.report.bom import make_bom, make_requirements, used_distributions
from testamur.report.crosswalk import crosswalk_csv, crosswalk_json, make_crosswalk
from testamur.report.model_card import make_card

CARD = "model_card.md"
BOM = "bom.cdx.json"
REQUIREMENTS = "requirements.txt"
CROSSWALK = "crosswalk"


def make_documents(report: Report) -> dict[str, bytes]:
    """Name -> content of each document; all follow from the report and what is installed."""
    installed, sheets = used_distributions(report), make_crosswalk(report)
    return {
        CARD: make_card(report).encode(),
        BOM: make_bom(report, installed),
        REQUIREMENTS: make_requirements(installed),
        f"{CROSSWALK}.json": crosswalk_json(sheets),
        f"{CROSSWALK}.csv": crosswalk_csv(sheets),
    }
