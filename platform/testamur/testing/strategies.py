"""Hypothesis strategies for the records everyone speaks in."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from testamur.contracts.dataset import (
    ColumnKind,
    ColumnSpec,
    DatasetSpec,
    Problem,
    ProblemKind,
    Role,
    Source,
    SplitKind,
    SplitRule,
)
from testamur.contracts.finding import CheckStatus, Finding, Group, Unit
from testamur.contracts.policy import Direction, Limit, Policy, Severity

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    '=HYPERLINK("http://x")',
    "+1+1",
    "@SUM(A1)",
    "../../etc/passwd",
    "a/b\\c",
    "a\x00b",
    "\x1b[31mred",
    "‮backwards",
    "Robert'); DROP TABLE job;--",
    "x" * 2000,
    "",
    " ",
)


def slugs() -> SearchStrategy[str]:
    """Short names that are safe in paths and SQL."""
    return st.from_regex(r"[a-z][a-z0-9_]{0,15}", fullmatch=True)


def keys(domain: str | None = None) -> SearchStrategy[str]:
    """Registered names, such as ``health.risk``; of one domain where it is given."""
    first = slugs() if domain is None else st.just(domain)
    return st.builds(
        lambda head, rest: ".".join([head, *rest]), first, st.lists(slugs(), min_size=1, max_size=2)
    )


def hostile_texts() -> SearchStrategy[str]:
    """Names and values that try to break out of HTML, CSV, SQL, paths, templates and terminals."""
    return st.sampled_from(HOSTILE) | st.text(max_size=60)


def column_specs(names: SearchStrategy[str] | None = None) -> SearchStrategy[ColumnSpec]:
    """Declarations of feature columns."""
    return st.builds(
        ColumnSpec,
        name=slugs() if names is None else names,
        role=st.just(Role.FEATURE),
        kind=st.none() | st.sampled_from(ColumnKind),
        label=st.text(max_size=20),
        unit=st.text(max_size=8),
    )


@st.composite
def dataset_specs(draw: st.DrawFn, domain: str = "lab") -> DatasetSpec:
    """Declarations of binary datasets with a target, a protected column and some features."""
    names = draw(st.lists(slugs(), min_size=3, max_size=8, unique=True))
    target, protected, *features = names
    roles = [ColumnSpec(name=target, role=Role.TARGET), ColumnSpec(name=protected, role=Role.PROTECTED)]
    return DatasetSpec(
        key=draw(keys(domain)),
        title=draw(st.text(min_size=1, max_size=20)),
        problem=Problem(kind=ProblemKind.BINARY, target=target, positive="1"),
        columns=(*roles, *(draw(column_specs(st.just(name))) for name in features)),
        source=Source(title="drawn"),
        resource=f"testamur_{domain}:data/drawn.csv",
        split=draw(split_rules()),
    )


def split_rules() -> SearchStrategy[SplitRule]:
    """Shares that leave rows to train on."""
    shares = st.floats(min_value=0.05, max_value=0.45)
    return st.builds(
        SplitRule,
        kind=st.sampled_from(SplitKind),
        validation=shares,
        test=shares,
        seed=st.none() | st.integers(0, 2**31 - 1),
    )


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    """Findings that are done, with a value inside its interval, and findings that are not estimable."""
    given: dict[str, Any] = {
        "check": draw(keys()),
        "measure": draw(slugs()),
        "label": draw(st.text(max_size=20)),
    }
    if draw(st.booleans()):
        low, value, high = sorted(draw(st.lists(_unit_floats(), min_size=3, max_size=3)))
        given |= {"value": value, "low": low, "high": high, "n": draw(st.integers(20, 10**6))}
        given["unit"] = draw(st.sampled_from(Unit))
    else:
        given |= {"status": CheckStatus.NOT_ESTIMABLE, "reason": "drawn", "n": draw(st.integers(0, 19))}
    if draw(st.booleans()):
        levels = draw(st.dictionaries(slugs(), st.text(min_size=1, max_size=10), min_size=1, max_size=2))
        group = Group(levels=levels)
        given |= {"group": group, "attribute": group.attribute}
    return Finding(**given)


def limits(check: str | None = None) -> SearchStrategy[Limit]:
    """Limits of a policy; on one check where it is given."""
    return st.builds(
        Limit,
        id=slugs(),
        check=keys() if check is None else st.just(check),
        measure=slugs(),
        direction=st.sampled_from(Direction),
        value=_unit_floats(),
        severity=st.sampled_from(Severity),
        title=st.text(min_size=1, max_size=20),
        question=st.text(min_size=1, max_size=40),
        rationale=st.text(min_size=1, max_size=40),
    )


def policies() -> SearchStrategy[Policy]:
    """Policies with up to five limits of different ids."""
    return st.builds(
        Policy,
        key=keys(),
        version=st.just("1.0"),
        title=st.text(min_size=1, max_size=20),
        owner=st.text(min_size=1, max_size=20),
        rationale=st.text(min_size=1, max_size=40),
        minimum_group=st.integers(1, 100),
        minimum_cell=st.integers(0, 20),
        limits=st.lists(limits(), max_size=5, unique_by=lambda limit: limit.id).map(tuple),
    )


def _unit_floats() -> SearchStrategy[float]:
    return st.floats(min_value=0.0, max_value=1.0)
