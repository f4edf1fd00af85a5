"""Personal data in cells: found where they are, not where numbers only look like it, and never quoted."""

import json

import numpy as np
import pytest

from testamur.audit.golden_privacy import personal_cases
from testamur.audit.personal_data import PERSONAL_DATA
from testamur.audit.personal_kinds import KINDS, named_personal
from testamur.audit.personal_planted import plant
from testamur.audit.personal_scan import scan_column
from testamur.audit.run import run_check
from testamur.contracts.raw_cells import RawColumn

QUICK = ("email", "phone", "ip", "mac", "card", "us_ssn", "nl_bsn", "dk_cpr", "es_dni", "gb_nhs")


def texts(cells):
    return RawColumn("c", "text", np.array(cells, dtype=object), np.arange(len(cells), dtype=np.int32))


def numbers(cells):
    return RawColumn("c", "number", np.asarray(cells, np.float64), np.arange(len(cells), dtype=np.int32))


def scan(column):
    return {found.kind.name: found for found in scan_column(column, np.random.default_rng(0), 1.96)}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.name in QUICK], ids=lambda kind: kind.name)
def test_planted_values_are_found_in_any_surroundings(kind):
    column = plant(kind, 30, np.random.default_rng(1))
    found = scan(column)
    assert sum(one.n_cells for one in found.values()) == 30  # by accident one may hold for another kind
    assert found[kind.name].n_cells >= 24


def test_one_account_among_harmless_notes_is_found():
    column = texts(
        [*(f"visit {i} went well" for i in range(500)), "pay to DE89 3704 0044 0532 0130 00 please"]
    )
    assert set(scan(column)) == {"iban"}
    assert scan(column)["iban"].n_cells == 1


@pytest.mark.parametrize("n_digits", [9, 10, 11, 13, 16])
def test_numbers_that_hold_by_accident_are_not_reported(n_digits):
    r = np.random.default_rng(n_digits)
    low = 10 ** (n_digits - 1)
    assert scan(numbers(np.unique(r.integers(low, 9 * low, 3000)))) == {}


def test_measurements_codes_and_dates_are_not_personal():
    r = np.random.default_rng(0)
    assert scan(numbers(r.normal(size=500).round(3))) == {}
    assert scan(texts([f"A{i:03d}-x" for i in range(300)])) == {}
    assert (
        scan(texts([f"2024-{1 + i % 12:02d}-{1 + i % 28:02d} 10:{i % 60:02d}:00" for i in range(300)])) == {}
    )
    assert scan(texts(["1.5", "2.25", "1,234,567.89", "12:30", "v1.2.3"])) == {}


def test_a_choice_of_candidates_has_an_interval_that_holds_the_share():
    r = np.random.default_rng(0)
    kind = next(k for k in KINDS if k.name == "nl_bsn")
    cells = texts([*plant(kind, 900, r).values, *(f"nothing {i}" for i in range(2100))])
    (found,) = scan_column(cells, r, 1.96, [kind])
    assert found.n_tried == 500
    assert found.low <= 0.3 <= found.high + 1e-12


@pytest.mark.parametrize(
    ("heading", "personal"),
    [
        ("surname", True), ("first_name", True), ("LastName", True), ("E-Mail", True),
        ("date of birth", True), ("Telefon", True), ("name", True), ("drug_name", False), ("age", False),
        ("income", False), ("diabetes", False),
    ],
)  # fmt: skip
def test_headings(heading, personal):
    assert named_personal(heading) is personal


def test_no_cell_is_quoted():
    (case,) = personal_cases()
    entry, outcome = run_check(case.given, PERSONAL_DATA)
    said = json.dumps([f.model_dump(mode="json") for f in outcome.findings]) + entry.reason
    said += "".join(file.content.decode() for file in outcome.evidence)
    for cell in ("example.org", "4111", "a.b"):
        assert cell not in said
