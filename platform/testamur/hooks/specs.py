"""Every hook there is. A plugin implements those it needs, each marked with ``@testamur.hookimpl``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from testamur.hooks.markers import hookspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from testamur.contracts.check import CheckSpec
    from testamur.contracts.dataset import DatasetSpec
    from testamur.contracts.event import Event
    from testamur.contracts.finding import Finding
    from testamur.contracts.job import Attempt
    from testamur.contracts.model import ModelSpec
    from testamur.contracts.policy import Policy
    from testamur.contracts.report_spec import ReportSpec

# A hook returns a value by contract; its body is empty by design, hence the ignored codes.


@hookspec
def register_datasets() -> list[DatasetSpec]:  # type: ignore[empty-body]  # a specification has no body
    """Return the datasets that the plugin brings."""


@hookspec
def register_models() -> list[ModelSpec]:  # type: ignore[empty-body]  # a specification has no body
    """Return the models that the plugin brings."""


@hookspec
def register_checks() -> list[CheckSpec]:  # type: ignore[empty-body]  # a specification has no body
    """Return the checks that the plugin adds to the audit."""


@hookspec
def register_policies() -> list[Policy]:  # type: ignore[empty-body]  # a specification has no body
    """Return the policies that the plugin proposes."""


@hookspec
def register_reports() -> list[ReportSpec]:  # type: ignore[empty-body]  # a specification has no body
    """Return the report sections and insight reports that the plugin adds."""


@hookspec
def on_job_state(event: Event) -> None:
    """Watch a job change its state."""


@hookspec
def on_epoch(event: Event) -> None:
    """Watch the end of a training epoch."""


@hookspec
def after_audit(attempt: Attempt, findings: Sequence[Finding]) -> list[Finding] | None:
    """Watch the end of an audit and return findings to add, or None."""
