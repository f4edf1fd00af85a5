"""No credential of a URL is left in what is shown, wherever it stands in it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testamur.contracts.secrets import holds_password, mask_job, mask_secrets, mask_url

SECRETS = [
    "postgresql://u:hunter22@h/db",
    "postgresql://u:hun/ter22@h/db",
    "postgresql://u:p@hunter22@h/db",
    "postgresql://u:p?hunter22@h/db",
    "postgresql://:hunter22@h/db",
    "postgresql+psycopg://h/db?user=u&password=hunter22",
    "postgresql://h/db?sslmode=require&sslpassword=hunter22&x=1",
    "mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BPWD%3Dhunter22",
    "postgresql://h/db?pass%77ord=hunter22",
    "snowflake://h/db?token=hunter22",
    "mysql://h/db?passwd=hunter22;tail",
    "redis://h/0?PWD=hunter22",
]


@pytest.mark.parametrize("url", SECRETS)
def test_no_form_of_a_password_is_shown(url):
    assert "hunter22" not in mask_url(url)
    assert "hunter22" not in mask_secrets(f"cannot reach {url} now")
    assert "hunter22" not in str(mask_job({"dataset": {"url": url}}))
    assert holds_password(url)


@pytest.mark.parametrize(
    "url",
    [
        "env:VISITS_URL",
        "sqlite:////data/with@sign/visits.db",
        "postgresql://host:5432/db?sslmode=require",
        "https://example.org/@someone",
    ],
)
def test_what_is_no_secret_stays(url):
    assert mask_url(url) == url
    assert mask_secrets(f"see {url} or n_tokens=5") == f"see {url} or n_tokens=5"
    assert not holds_password(url)


def test_a_user_alone_is_masked_but_is_no_password():
    assert mask_url("postgresql://reader@host/db") == "postgresql://***@host/db"
    assert not holds_password("postgresql://reader@host/db")


def test_a_connection_text_is_masked():
    text = "connection to host=db user=me password='hun ter22' failed; sslpassword = hunter22"
    assert mask_secrets(text) == "connection to host=db user=me password=*** failed; sslpassword = ***"


def test_a_job_without_a_url_stays():
    assert mask_job({"dataset": {"use": "health.nhefs"}}) == {"dataset": {"use": "health.nhefs"}}
    assert mask_job({}) == {}


@given(st.text(alphabet=st.characters(exclude_characters=" \t\r\n", codec="utf-8"), min_size=1, max_size=30))
def test_any_userinfo_is_masked(word):
    secret = "S3CRET" + re.sub(r"\s", "", word) + "S3CRET"
    url = f"postgresql://u:{secret}@host/db"
    assert mask_url(url) == "postgresql://***@host/db"
    assert secret not in mask_secrets(f"no answer from {url}")


@given(st.text(max_size=300))
def test_masking_twice_changes_nothing(text):
    assert mask_url(mask_url(text)) == mask_url(text)
    assert mask_secrets(mask_secrets(text)) == mask_secrets(text)
