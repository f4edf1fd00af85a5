"""Where the retail data come from and under which terms."""

from __future__ import annotations

from testamur.contracts.dataset import Fetch, Source

CDNOW_CITATION = (
    "P. S. Fader, B. G. S. Hardie: Forecasting repeat sales at CDNOW: a case study, Interfaces "
    "2001;31(3):S94-S107. Master data set as packed in Lifetimes 0.11.3 (C. Davidson-Pilon)."
)
CDNOW_URL = "https://www.brucehardie.com/datasets/"
CDNOW = Source(
    title="CDNOW master data set",
    citation=CDNOW_CITATION,
    url=CDNOW_URL,
    licence=(
        "no licence of the data themselves is stated; published for research by its authors, packed under "
        "MIT in Lifetimes: fetched, not copied"
    ),
    attribution="Peter S. Fader and Bruce G. S. Hardie",
)
_SAMPLE = "lifetimes/datasets/CDNOW_sample.txt"  # of the published figures: the fit is held against them
CDNOW_FETCH = Fetch(
    package="Lifetimes",
    version="0.11.3",
    member="lifetimes/datasets/CDNOW_master.txt",
    sha256="eff6889ed364c5199d6eacbbeb7a6d559971df4406ac876f322c373f00a072ef",
    beside={_SAMPLE: "6fae10155c0b0ba363c2c386e30f77990d22328220efd862a5edd1443420d94a"},
    read="testamur_retail.customers.read:read_cdnow",
    n_bytes=584_221,
)
DAILY_SOURCE = Source(
    title="CDNOW: CDs sold a day, by price class",
    citation=CDNOW_CITATION,
    url=CDNOW_URL,
    licence=(
        "daily totals counted from the data set packed under MIT in Lifetimes 0.11.3 (notice in the file "
        "beside it); no customer, no single order is in them"
    ),
    attribution="Peter S. Fader and Bruce G. S. Hardie; Lifetimes, copyright 2015 Cameron Davidson-Pilon",
    sha256="d7dda14731ce457f2b0c867de3838f82d1e656cf52c868c95c88c0cb09066f28",
)
MOVIELENS_SOURCE = Source(
    title="MovieLens 100K",
    citation=(
        "F. M. Harper, J. A. Konstan: The MovieLens datasets: history and context, ACM TiiS 2015;5(4):19. "
        "As packed in recbole 1.2.1."
    ),
    url="https://grouplens.org/datasets/movielens/100k/",
    licence=(
        "GroupLens' terms: research use, no commercial use and no redistribution without permission; "
        "fetched, never copied"
    ),
    attribution="GroupLens Research, University of Minnesota",
)
_FOLDER = "recbole/dataset_example/ml-100k/ml-100k"
MOVIELENS_FETCH = Fetch(
    package="recbole",
    version="1.2.1",
    member=f"{_FOLDER}.inter",
    sha256="4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff",
    beside={
        f"{_FOLDER}.user": "4f670007d9cfbeb9807e757209af1555b9bcc186bde25e767f67cb67c6dd5972",
        f"{_FOLDER}.item": "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532",
    },
    read="testamur_retail.shelf.read:read_movielens",
    n_bytes=2_130_151,
)
