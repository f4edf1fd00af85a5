"""Rules about a plugin's policies."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from testamur.contracts.check import CheckSpec
from testamur.contracts.model import ModelSpec
from testamur.contracts.policy import Limit, Policy
from testamur.hooks.references import resolve
from testamur.hooks.suggest import did_you_mean
from testamur.testing.complaint import Complaint
from testamur.testing.subject import Subject

BASELINES = ("naive", "linear", "boosting", "bagged")  # what the pipeline predicts with besides the model


def refer_and_reason(subject: Subject) -> Iterator[Complaint]:
    """Each policy has an owner and a reason; each limit names a check and a measure that exist, and why."""
    measures: dict[str, set[str]] = {}  # by check, once for all limits
    further = further_baselines(subject.registry.models())
    for policy in subject.policies:
        for name in ("owner", "rationale", "reference"):
            if not getattr(policy, name).strip():
                yield Complaint("policies", f"{policy.key}: {name} is required", f"Policy({name}=...)")
        if not policy.limits:
            yield Complaint("policies", f"{policy.key}: at least one limit is required", "Policy(limits=...)")
        ids = [limit.id for limit in policy.limits]
        for twice in sorted({name for name in ids if ids.count(name) > 1}):
            yield Complaint("policies", f"{policy.key}: limit {twice} occurs twice", "give each its own id")
        for limit in policy.limits:
            yield from _limit(subject.registry.checks(), policy, limit, measures, further)
    yield from _proposed(subject)


def further_baselines(models: Mapping[str, ModelSpec]) -> frozenset[str]:
    """Names of the baselines that models bring along."""
    return frozenset(name for model in models.values() for name in model.baselines)


def known_measures(spec: CheckSpec, further: Collection[str] = ()) -> set[str]:
    """The measures that a check is seen to yield in its golden cases; empty where it has none.

    A gain over one baseline stands for the gain over each: golden cases need not hold them all.

    Args:
        spec: A registered check.
        further: Names of baselines beside the core's.
    """
    if spec.golden is None:
        return set()
    run = resolve(spec.run)
    seen = {finding.measure for case in resolve(spec.golden)() for finding in run(case.given).findings}
    gains = {measure.rpartition("_over_")[0] for measure in seen if measure.endswith(BASELINES)}
    return seen | {f"{gain}_over_{baseline}" for gain in gains if gain for baseline in (*BASELINES, *further)}


def limit_faults(
    policy: Policy, checks: Mapping[str, CheckSpec], further: Collection[str] = ()
) -> Iterator[Complaint]:
    """What is wrong with the limits of a policy, held against the checks and baselines there are."""
    measures: dict[str, set[str]] = {}
    for limit in policy.limits:
        yield from _limit(checks, policy, limit, measures, further)


def _limit(
    checks: Mapping[str, CheckSpec],
    policy: Policy,
    limit: Limit,
    measures: dict[str, set[str]],
    further: Collection[str],
) -> Iterator[Complaint]:
    where = f"{policy.key}: limit {limit.id}"
    for name in ("title", "question", "rationale", "reference"):
        if not getattr(limit, name).strip():
            yield Complaint("policies", f"{where}: {name} is required", f"Limit({name}=...)")
    if limit.check not in checks:
        yield Complaint(
            "policies",
            f"{where}: no check {limit.check!r} is registered",
            did_you_mean(limit.check, checks, what="check"),
        )
        return
    if limit.check not in measures:
        measures[limit.check] = known_measures(checks[limit.check], further)
    known = measures[limit.check]
    if known and limit.measure not in known:
        yield Complaint(
            "policies",
            f"{where}: {limit.check} yields no measure {limit.measure!r}",
            did_you_mean(limit.measure, known, what="measure"),
        )


def _proposed(subject: Subject) -> Iterator[Complaint]:
    policies = subject.registry.policies()
    for spec in subject.datasets:
        if spec.policy is not None and spec.policy not in policies:
            yield Complaint(
                "policies",
                f"{spec.key}: proposes {spec.policy!r}, which is not registered",
                did_you_mean(spec.policy, policies, what="policy"),
            )
