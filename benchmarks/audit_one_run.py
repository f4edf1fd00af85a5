"""The one-run bound of epsilon: as the paper's loop gives it, far faster; and how often null runs alarm.

python benchmarks/audit_one_run.py [--write]
"""

from __future__ import annotations

import math

import harness  # first: it sets one thread
import numpy as np
from scipy.stats import binom

from testamur.audit.attack_rates import attack_auc
from testamur.audit.membership_scores import Attacked, attack_first, attack_shadows
from testamur.audit.one_run import guess_coins, refuted_epsilon
from testamur.audit.shadows import Shadows

CASES = ((1000, 1000, 800, 1e-5, 0.05), (10_000, 2_000, 1_900, 1e-5, 0.05 / 7))
BLIND_RUNS, SHADOW_RUNS = 600, 300
UNITS, MODELS = 400, 16
EXPLANATION = """\
Above: the bound of Steinke, Nasr and Jagielski (2023) for v right of r guesses on m coins. The peer is the
loop of the paper's appendix D, one binomial term after the other inside a bisection. Below: runs in which
nothing is to be found. Blind scores: 600 runs of 1,000 coins. Shadow attacks: 300 runs of 16 models whose
scores do not depend on what they hold, attacked as the audit attacks them. A run alarms where the bound is
above 0, or the interval of the attack's area leaves 0.5 out."""


def loop_p(m: int, r: int, v: int, epsilon: float, delta: float) -> float:
    """Probability of v or more right guesses, summed term by term."""
    q = 1 / (1 + math.exp(-epsilon))
    beta, alpha, total = binom.sf(v - 1, r, q), 0.0, 0.0
    for i in range(1, v + 1):
        total += binom.pmf(v - i, r, q)
        alpha = max(alpha, total / i)
    return min(beta + alpha * delta * 2 * m, 1.0)


def loop_epsilon(m: int, r: int, v: int, delta: float, p: float) -> float:
    """The bound by bisection, as the paper does it."""
    low, high = 0.0, 1.0
    while loop_p(m, r, v, high, delta) < p:
        high += 1
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if loop_p(m, r, v, middle, delta) < p else (low, middle)
    return low


def null_shadows(rng: np.random.Generator) -> Shadows:
    """Shadow models whose scores have nothing to do with what they hold; rows are hard or easy for all."""
    hard = 2 * rng.normal(size=UNITS)
    logit = hard + rng.normal(size=(MODELS, UNITS))
    everyone = np.arange(UNITS)
    return Shadows(
        plan=None,  # type: ignore[arg-type]
        member=rng.random((MODELS, UNITS)) < 0.5,
        logit=logit,
        likelihood=1 / (1 + np.exp(-logit)),
        right=None,
        released=None,
        was_training=everyone < UNITS // 2,
        groups=np.zeros((UNITS, 0), np.int16),
        cluster=everyone,
        row=everyone,
        copies=np.ones(UNITS, np.int64),
        by_entity=False,
        exchangeable=True,
    )


def alarms() -> dict[str, list[bool]]:
    """Whether each null run alarms, by what is looked at."""
    rng = np.random.default_rng(2026)
    found: dict[str, list[bool]] = {}
    for _ in range(BLIND_RUNS):
        guesses = guess_coins(rng.random(1000) < 0.5, rng.normal(size=1000), 1e-5)
        found.setdefault("epsilon above 0, blind scores", []).append(max(g.epsilon for g in guesses) > 0)
    for _ in range(SHADOW_RUNS):
        shadows = null_shadows(rng)
        first, every = attack_first(shadows), attack_shadows(shadows)
        guesses = guess_coins(first.member, first.lira, 1e-5)
        found.setdefault("epsilon above 0, one shadow model", []).append(max(g.epsilon for g in guesses) > 0)
        for name in ("lira", "rmia"):
            said = f"AUC of {name.upper()} other than 0.5"
            found.setdefault(said, []).append(leaves_half_out(every, name))
    return found


def leaves_half_out(attacked: Attacked, name: str) -> bool:
    """Whether the interval of the area holds no 0.5."""
    estimate = attack_auc(attacked.member, getattr(attacked, name), attacked.unit, 0.95)
    return not estimate.low <= 0.5 <= estimate.high


def main() -> int:
    """Measure, print, write if asked."""
    page = harness.Page(
        "audit_one_run", "Lower bound of epsilon from one run", EXPLANATION, ("numpy", "scipy")
    )
    for m, r, v, delta, p in CASES:
        case = (m, r, v, delta, p)
        times = harness.measure(
            {
                "testamur, 20 times": lambda case=case: [refuted_epsilon(*case) for _ in range(20)],
                "loop of the paper": lambda case=case: loop_epsilon(*case),
            },
            repeats=2,
            warm=0,
        )
        page.compare(f"{v:,} of {r:,} guesses right, {m:,} coins", times, base="testamur, 20 times")
        ratio = 20 * times["loop of the paper"].ratio_to(times["testamur, 20 times"])
        page.goal(harness.Goal(f"{r:,} guesses: the loop's time over ours", ratio, at_least=100.0))
        apart = abs(refuted_epsilon(*case) - loop_epsilon(*case))
        page.goal(harness.Goal(f"{r:,} guesses: difference of the bounds", apart, at_most=1e-7, unit=""))
    lines = ["| what would be an alarm | runs | alarms | share |", "|---|---:|---:|---:|"]
    for name, told in alarms().items():
        lines.append(f"| {name} | {len(told):,} | {sum(told):,} | {100 * np.mean(told):.1f} % |")
        most = float(binom.ppf(0.999, len(told), 0.05)) / len(told)
        if name.startswith("epsilon"):
            most = 0.05
        page.goal(harness.Goal(f"null runs, {name}", float(np.mean(told)), at_most=round(most, 4), unit=""))
    page.note("\n".join(lines))
    return page.finish(write=harness.wants_writing())


if __name__ == "__main__":
    raise SystemExit(main())
