"""On the fetched data themselves: what was published of them, and what they hold."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from testamur_retail.customers.bg_nbd import Purchases, fit_bg_nbd
from testamur_retail.customers.features import describe_customers
from testamur_retail.customers.gamma_gamma import fit_gamma_gamma
from testamur_retail.customers.prepare import prepare_churn
from testamur_retail.customers.purchases import list_purchases
from testamur_retail.customers.read import read_cdnow
from testamur_retail.datasets_customers import CHURN
from testamur_retail.datasets_shelf import MOVIELENS
from testamur_retail.shelf.read import read_movielens

LAST = date(1997, 9, 30)  # of the 39 weeks of the paper


def test_bg_nbd_and_gamma_gamma_find_what_was_published(fetched):
    """Fader, Hardie, Lee 2005, table 2; Fader, Hardie: note 025 on Gamma-Gamma, 2013."""
    sample = fetched(CHURN).with_name("CDNOW_sample.txt")
    rows = [line.split() for line in sample.read_text(encoding="ascii").splitlines() if line.strip()]
    ours = pl.DataFrame({"customer": [row[1] for row in rows], "day": [row[2] for row in rows]})
    values = pl.Series([float(row[4]) for row in rows])
    orders = ours.select("customer", date=pl.col("day").str.to_date("%Y%m%d")).with_columns(value=values)
    purchases, _ = list_purchases(orders)
    known = describe_customers(purchases, LAST + timedelta(days=1))
    assert known.height == 2357
    given = Purchases(
        known["repeats"].to_numpy(), known["recency"].to_numpy(), known["age"].to_numpy() - 1 / 7
    )  # the paper counts T to the last day itself
    found = fit_bg_nbd(given)
    assert (found.r, found.alpha, found.a, found.b) == pytest.approx((0.243, 4.414, 0.793, 2.426), abs=2e-3)
    assert found.log_likelihood == pytest.approx(-9582.4, abs=0.1)
    worth = fit_gamma_gamma(known["n_valued"].to_numpy(), known["repeat_value"].to_numpy())
    assert (worth.p, worth.q, worth.v) == pytest.approx((6.25, 3.74, 15.44), rel=0.02)


def test_the_master_file_is_one_cohort_whose_purchases_fall(fetched):
    orders = read_cdnow(fetched(CHURN))
    assert (orders.height, orders["customer"].n_unique()) == (69_659, 23_570)
    frame, notes = prepare_churn(orders.with_columns(pl.col("date").cast(pl.Datetime("us"))))
    assert frame.height == 4 * 23_570
    shares = frame.group_by("snapshot").agg(pl.col("spend_next").mean()).sort("snapshot")["spend_next"]
    assert shares[3] < shares[0]
    assert any("one purchase" in note for note in notes)


def test_users_of_movielens_can_be_told_apart(fetched):
    frame = read_movielens(fetched(MOVIELENS))
    users = frame.unique("user")
    assert (frame.height, users.height, frame["film"].n_unique()) == (100_000, 943, 1682)
    assert users["gender"].value_counts().sort("count")["count"].to_list() == [273, 670]
    alone = users.group_by("age", "gender", "occupation", "zip").len().filter(pl.col("len") == 1).height
    assert alone == 929  # the only one of their age, gender, occupation and postal code
    assert np.isfinite(frame["rating"].to_numpy()).all()
