"""The sentences that open privacy and energy, made of the findings alone."""

import pytest

from testamur.contracts.finding import Finding, Section, Unit
from testamur.report.answers import section_words
from testamur.report.names import Names
from testamur.report.privacy_figures import epsilon_ladder

HITS = Finding(
    check="core.privacy.membership", measure="released_rmia_tpr_1", label="members found", unit=Unit.SHARE,
    value=0.034, low=0.01, high=0.08, n=1000, subject="the audited model itself",
)  # fmt: skip
AUC = Finding(
    check="core.privacy.membership", measure="rmia_auc", label="AUC of RMIA", value=0.58, low=0.55, high=0.61,
    n=1000,
)  # fmt: skip
UPPER = Finding(
    check="core.privacy.private_training", measure="epsilon_upper", label="upper bound", value=2.99,
    exact=True, n=1000,
)  # fmt: skip
LOWER = Finding(
    check="core.privacy.epsilon", measure="epsilon_lower", label="shown", value=0.4, low=0.4, n=900
)


def said(report, section, *findings):
    silent = ("core.privacy.", "core.energy.")
    others = tuple(f for f in report.findings if not f.check.startswith(silent))
    more = report.model_copy(update={"findings": (*others, *findings)})
    return section_words(section, more, Names(more), ())


@pytest.mark.parametrize(
    ("findings", "words", "absent"),
    [
        ((HITS, AUC), ("finds 3.4\xa0%", "guessing finds 1 %", "No training guarantee bounds"), "0.58"),
        ((AUC,), ("an AUC of 0.58", "No training guarantee bounds"), "guessing finds"),
        (
            (HITS, UPPER, LOWER),
            ("an epsilon of 2.99 at most; the attack shows at least 0.40",),
            "No training",
        ),
        ((), ("No limit of the policy concerns this section.",), "attack"),
    ],
)
def test_privacy_opens_with_what_is_found_and_what_is_guaranteed(report, findings, words, absent):
    text = said(report, Section.PRIVACY, *findings)
    assert all(part in text for part in words), text
    assert absent not in text


def test_energy_opens_with_amounts_and_how_they_are_known(report):
    found = [
        Finding(check="core.energy.training", measure=measure, label=label, value=value)
        for measure, label, value in (
            ("training_wh", "energy of training, Wh, counted", 2.5),
            ("audit_wh", "energy of the audit, Wh, partly counted, partly estimated", 1.25),
            ("training_co2e_g", "greenhouse gases of training, gCO2e, estimated", 0.95),
        )
    ]
    text = said(report, Section.ENERGY, *found)
    assert text.startswith(
        "Energy of training 2.50 Wh (counted); energy of the audit 1.25 Wh (partly counted"
    )
    assert "greenhouse gases of training 0.95 gCO2e." in text


def test_the_ladder_names_the_accountant_where_there_is_room(report):
    tree = {
        "budgets": [{"share": 1.0, "n": 10, "right": 5, "epsilon": 0.0}], "lower": 0.0, "upper": 3.0,
        "accountant": "PRV accountant of Opacus 1.6.0", "contradicted": False, "level": 0.95, "n_units": 230,
        "delta": 1e-5,
    }  # fmt: skip
    figure = epsilon_ladder(tree, Names(report))
    assert "PRV accountant of Opacus 1.6.0" in figure.caption
    assert "PRV" not in str(figure.rows)
