"""From a user's own file to a dossier: a folder of series; orders with a group of one's own."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from functools import partial

import numpy as np
import polars as pl
import pytest

from testamur.contracts.job import AuditOptions, DatasetRequest, JobSpec, ModelRequest
from testamur.contracts.model import TrainingOptions
from testamur.hooks.registry import Registry
from testamur.interfaces.answering import predict_file
from testamur.pipeline.run_job import run_job
from testamur.settings import Settings
from testamur.testing.fakes import RecordingObserver
from testamur_retail.inventory import trial
from testamur_retail.inventory.learned import train_buyer

DAYS = 370
SHORT = AuditOptions.parse(
    {"bootstrap": 100, "self_check": "off", "privacy_attacks": "none", "baselines": "few"}
)  # what is asked here is the domain's part


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    return Registry.load(tmp_path_factory.mktemp("home"))


def run(spec, registry, folder):
    return run_job(
        spec,
        job_id="own",
        attempt=1,
        registry=registry,
        observer=RecordingObserver(),
        folder=folder / "work",
        dossier=folder / "dossier",
        home=folder / "home",
        base=folder,
    )


def test_a_folder_of_series_leaves_with_a_plan_and_a_plan_of_new_days(registry, tmp_path, monkeypatch):
    monkeypatch.setattr(trial, "train_buyer", partial(train_buyer, updates=15))  # its skill: elsewhere
    rng = np.random.default_rng(0)
    days = [date(2023, 1, 1) + timedelta(days=k) for k in range(DAYS)]
    (tmp_path / "sales").mkdir()
    for name, level in (("tea", 20), ("rice", 5), ("saffron", 0.3)):
        sold = rng.poisson(level * (1 + 0.5 * np.sin(np.arange(DAYS) * 2 * np.pi / 7)))
        lines = pl.DataFrame({"Tag": days, "Menge": sold}).filter(
            pl.col("Menge") > 0
        )  # no line without a sale
        lines.write_csv(tmp_path / "sales" / f"{name}.csv")
    spec = JobSpec(
        dataset=DatasetRequest(
            use="retail.cdnow_daily", path="sales", columns={"date": "Tag", "sold": "Menge"}
        ),
        model=ModelRequest(
            use="retail.demand", options={"lead": 3, "shortage": 5.0, "members": 1, "hidden": 16}
        ),
        training=TrainingOptions(epochs=2, threads=1),
        audit=SHORT,
    )
    done = run(spec, registry, tmp_path)
    tree = json.loads((done.dossier / "evidence" / "reorder.json").read_text())
    assert {line["series"] for line in tree["plan"]["lines"]} == {"tea", "rice", "saffron"}
    assert tree["terms"]["lead"] == 3
    assert "lead" not in tree["defaults"]
    assert {account["policy"] for account in tree["trial"]["accounts"]} >= {"plan", "rival"}
    page = (done.dossier / "pages" / "retail.buyer.html").read_text()
    assert "What to order" in page
    assert "saffron" in page
    assert any("3 files, one series each" in note for note in done.report.data.notes)
    told = predict_file(
        str(done.dossier), tmp_path / "sales" / "tea.csv", tmp_path / "new.csv",
        settings=Settings.from_environment({"TESTAMUR_HOME": str(tmp_path / "home")}), report=True,
    )  # fmt: skip
    (new,) = told.pages
    assert "What to order" in new.read_text()


def test_orders_with_a_group_are_audited_by_group_and_people_stay_restricted(registry, tmp_path):
    rng = np.random.default_rng(1)
    rows = []
    for customer in range(400):
        rate = rng.gamma(0.8, 0.02)
        for day in np.flatnonzero(rng.random(DAYS) < rate + (1 / DAYS)):
            bought = date(2023, 1, 1) + timedelta(days=int(day))
            rows.append((f"name{customer}", bought, round(rng.gamma(4, 10), 2), "fm"[customer % 2]))
    frame = pl.DataFrame(rows, schema=["Kunde", "Datum", "Betrag", "Geschlecht"], orient="row")
    frame.write_csv(tmp_path / "orders.csv")
    spec = JobSpec(
        dataset=DatasetRequest(
            use="retail.churn",
            path="orders.csv",
            columns={"customer": "Kunde", "date": "Datum", "value": "Betrag"},
            protected=("Geschlecht",),
        ),
        model=ModelRequest(use="retail.customer", options={"members": 2, "hidden": 8, "bins": 0}),
        training=TrainingOptions(epochs=2, threads=1),
        audit=SHORT,
    )
    done = run(spec, registry, tmp_path)
    offers = [f for f in done.report.findings if f.check == "retail.offers"]
    assert {str(f.group) for f in offers if f.measure == "offer_share"} == {"f", "m"}
    assert "auc_gain_over_bg_nbd" in {f.measure for f in done.report.findings}
    shared = b"".join(
        path.read_bytes()
        for path in done.dossier.rglob("*")
        if path.is_file() and "restricted" not in path.parts
    )
    assert b"name1" not in shared
    people = (done.dossier / "restricted" / "pages" / "retail.people.html").read_text()
    assert re.search(r">name\d+<", people)
    recent = frame.filter(pl.col("Datum") >= date(2023, 1, 1) + timedelta(days=DAYS - 120))
    recent.write_csv(tmp_path / "recent.csv")
    told = predict_file(
        str(done.dossier), tmp_path / "recent.csv", tmp_path / "told.csv",
        settings=Settings.from_environment({"TESTAMUR_HOME": str(tmp_path / "home")}), report=True,
    )  # fmt: skip
    assert told.n_rows == recent["Kunde"].n_unique()
    assert any("the day after the last purchase" in note for note in told.notes)
    assert any("over two quarters is too low" in note for note in told.notes)
    answers = pl.read_csv(tmp_path / "told.csv")
    assert set(answers["customer"]) == set(recent["Kunde"])
    assert answers["probability"].is_between(0, 1).all()
    assert "expected of them in the next thirteen weeks" in told.pages[0].read_text()
