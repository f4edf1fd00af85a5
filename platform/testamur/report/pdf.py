"""The report as a tagged PDF (PDF/UA-1), by WeasyPrint: the extra ``pdf``."""

from __future__ import annotations

import gc
import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from testamur.contracts.errors import StoreError
from testamur.contracts.report import Report
from testamur.report.canonical import dump_record
from testamur.report.paper import make_paper
from testamur.report.tags import complete_tags

EXTRA = "pip install 'testamur[pdf]'"
PANGO = (
    "install Pango: apt-get install libpango-1.0-0 libpangoft2-1.0-0 (Debian, Ubuntu), "
    "dnf install pango (Fedora), brew install pango (macOS)"
)
VARIANT = "pdf/ua-1"


def make_pdf(report: Report, html: str) -> bytes:
    """The report as PDF; the same report gives the same bytes on the same machine.

    Args:
        report: The report as data; its digest names the document.
        html: What `render.render_html` wrote of it.

    Raises:
        StoreError: WeasyPrint or Pango is missing; says what to install.
    """
    weasyprint = load_weasyprint()
    from weasyprint.urls import URLFetcher

    digest = hashlib.sha256(dump_record(report)).hexdigest()
    paper = make_paper(html, created=report.provenance.created_at, report_sha256=digest)
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)  # of CSS for screens that it does not know
    nothing = URLFetcher(allowed_protocols=())
    document = weasyprint.HTML(string=paper, base_url=None, url_fetcher=nothing)
    with _no_collector():
        made: bytes = document.write_pdf(
            finisher=complete_tags, pdf_variant=VARIANT, pdf_identifier=bytes.fromhex(digest[:32])
        )
    return made


@contextmanager
def _no_collector() -> Iterator[None]:
    """Leave cycles alone: millions of boxes live until the end, and to look them over costs a fifth."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def load_weasyprint() -> Any:
    """The module.

    Raises:
        StoreError: It, or the library Pango that it draws text with, is missing.
    """
    try:
        import weasyprint
    except ModuleNotFoundError as error:
        raise StoreError("WeasyPrint is required for a PDF, however: it is missing", remedy=EXTRA) from error
    except OSError as error:  # the module is there, a shared library is not
        raise StoreError(
            "the library Pango is required for a PDF, however: it cannot be loaded", remedy=PANGO
        ) from error
    return weasyprint
