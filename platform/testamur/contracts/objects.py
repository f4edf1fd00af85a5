"""URLs of data in an object store: how one looks, and whether it lies in a place that is granted."""

from __future__ import annotations

import re
from collections.abc import Iterable

from testamur.contracts.errors import Problem

WHERE = "dataset.path"
SCHEME = "s3"
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
_PART = re.compile(r"[^\x00-\x1f\x7f?#*\[\]]+")


def is_object(path: str) -> bool:
    """Whether a path of data is a URL, and no path of a file."""
    return _URL.fullmatch(path) is not None


def find_url_faults(url: str) -> list[Problem]:
    """What is wrong with the URL of an object; its credentials, where it holds some, are not quoted."""
    match = _URL.fullmatch(url)
    scheme, rest = match.groups() if match else ("", "")
    if scheme != SCHEME:
        message = f"a file or s3://bucket/name is required, however: a URL that begins with {scheme}://"
        return [Problem(WHERE, message, "an SQL database goes by url and query")]
    bucket, _, name = rest.partition("/")
    parts = name.split("/")
    well_formed = _BUCKET.fullmatch(bucket) and all(_PART.fullmatch(part) for part in parts)
    if not well_formed or {".", ".."} & set(parts):
        message = "s3://bucket/folder/name is required, however: it holds credentials, a query or a pattern"
        if not name or name.endswith("/"):
            message = "s3://bucket/folder/name is required, however: it names no object"
        remedy = "credentials come from the environment alone (AWS_ACCESS_KEY_ID and the like)"
        return [Problem(WHERE, message, remedy)]
    return []


def is_below(url: str, places: Iterable[str]) -> bool:
    """Whether an object is, or lies in, one of some places such as ``s3://bucket/folder``."""
    return any(url == place or url.startswith(place.rstrip("/") + "/") for place in places if place)
