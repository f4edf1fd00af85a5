"""What calls for a new audit before, or when, a report ends."""

from __future__ import annotations

from datetime import date

from testamur.contracts.policy import Policy, Verdict, VerdictStatus

_ALWAYS = (
    "the data, the weights or the options of the model change (the SHA-256 of both stand in this report)",
    "the model is put to a use, or to people, that the purpose does not name",
)


def list_triggers(policy: Policy, verdicts: tuple[Verdict, ...], expires: date) -> tuple[str, ...]:
    """The events, in words: the end of the report, what always counts, open limits, and the policy's own.

    Args:
        policy: May name events of its own (`reaudit`).
        verdicts: Limits that are not shown call for an audit once there are rows enough.
        expires: The last day of the report.
    """
    rows = [
        f"about {v.rows_to_settle:,} test rows are there to settle “{v.limit.title}”"
        for v in verdicts
        if v.status is VerdictStatus.NOT_SHOWN and v.rows_to_settle is not None
    ]
    ends = f"{expires.day} {expires:%B %Y} is over"
    renewed = f"the policy {policy.key} {policy.version} is replaced or withdrawn"
    return (ends, *_ALWAYS, renewed, *dict.fromkeys(rows), *policy.reaudit)
