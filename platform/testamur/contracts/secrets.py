"""Takes credentials out of what is shown: in URLs and in any text. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_plus

STARS = "***"

_KEY = re.compile(
    r"pass|odbc_connect"  # odbc_connect holds a whole connection text
    r"|.*(password|passwd|passphrase|pwd|secret|token|credentials?|(api|access|account|private)[_-]?key)",
    re.IGNORECASE,
)
_USERINFO_OF_URL = re.compile(r"(://)[^:/]*(?::.*)?@", re.DOTALL)
_USERINFO_IN_TEXT = re.compile(r"(://)[^:/\s]*(?::\S*)?@")
_PASSWORD = re.compile(r"://[^:/]*:.+@", re.DOTALL)
_PAIR_OF_URL = re.compile(r"(?<![\w.%+-])([\w.%+-]+)(=)([^&]*)")
_PAIR_IN_TEXT = re.compile(r"(?<![\w.%+-])([\w.%+-]+)(\s?=\s?)('[^']*'|\"[^\"]*\"|[^\s&]*)")


def is_own(variable: str) -> bool:
    """True for a variable of the platform itself: no job may have its value, such as the database's URL."""
    return variable.upper().startswith(("TESTAMUR_", "CELERY_"))


def is_secret(key: str) -> bool:
    """True for a key of a URL that reads like a password, token or key."""
    return _KEY.fullmatch(unquote_plus(key)) is not None


def mask_url(url: str) -> str:
    """The URL of a database without credentials.

    Everything between ``://`` and the last ``@`` goes, for a password may hold ``/``, ``@`` and ``?``;
    and the value of every key that is secret. ``env:NAME`` stays as it is.
    """
    return _PAIR_OF_URL.sub(_mask_pair, _USERINFO_OF_URL.sub(rf"\1{STARS}@", url))


def mask_secrets(text: str) -> str:
    """A text in which every URL is masked as by `mask_url`, and every ``password=...`` besides.

    A URL ends at white space here.
    """
    return _PAIR_IN_TEXT.sub(_mask_pair, _USERINFO_IN_TEXT.sub(rf"\1{STARS}@", text))


def mask_job(tree: Mapping[str, Any]) -> dict[str, Any]:
    """A job specification as JSON holds it, the URL of its database masked."""
    dataset = tree.get("dataset")
    if not isinstance(dataset, Mapping) or not isinstance(dataset.get("url"), str):
        return dict(tree)
    return {**tree, "dataset": {**dataset, "url": mask_url(dataset["url"])}}


def holds_password(url: str) -> bool:
    """True when a URL says more than who the user is."""
    pairs = _PAIR_OF_URL.findall(url)
    return _PASSWORD.search(url) is not None or any(value and is_secret(key) for key, _, value in pairs)


def _mask_pair(pair: re.Match[str]) -> str:
    key, sign, value = pair.groups()
    return f"{key}{sign}{STARS}" if value and is_secret(key) else pair[0]
