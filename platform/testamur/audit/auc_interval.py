"""The interval of an AUC: DeLong's variance where it is known well, else what the AUC itself tells of it.

Near 1, DeLong's variance rests on the few rows that are out of order. Where they are few by chance, the AUC
is too high and the variance too small at once, and normal intervals hold the truth far too rarely. The
variance is therefore moderated (as in Smyth 2004, Stat Appl Genet Mol Biol 3:3): joined with the one that
Newcombe's score interval (2006, Stat Med 25:559, method 5) reads off the AUC, by how well it is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import inf
from statistics import NormalDist

from testamur.audit.interval import Estimate, Floats, without_interval

PRIOR = 4.0  # degrees of freedom that the AUC's own variance counts with; chosen on simulations (decision 22)
NO_SPREAD = 1e-24


@dataclass(frozen=True, slots=True)
class Squares:
    """Sums over the rows of one outcome, or over entities, of what each adds to an estimate's error.

    Attributes:
        second: Of squares: a part of the variance.
        fourth: Of fourth powers.
        n: Rows or entities.
    """

    second: float
    fourth: float
    n: float


def squares_of(influence: Floats) -> Squares:
    """Sums of (n,) influences."""
    squared = influence * influence
    return Squares(float(squared.sum()), float(squared @ squared), len(influence))


def freedom_of(halves: Iterable[Squares]) -> float:
    """Degrees of freedom of a variance that is a sum of squares: 2 V^2 / Var(V); 0 where it is not known.

    Var(V) is that of the squares, and never less than of normal ones, 2 V^2 / (n - 1) each, for which this is
    Satterthwaite's number (Brunner and Munzel 2000, Biom J 42:17). Few rows that make most of V leave few.
    """
    total = error = 0.0
    for half in halves:
        if half.n < 2:
            return 0.0
        total += half.second
        normal = 2 * half.second**2 / (half.n - 1)
        error += max(half.fourth - half.second**2 / half.n, normal)
    return 2 * total**2 / error if error > 0 else 0.0


def student(z: float, freedom: float) -> float:
    """Student's critical value of as many degrees of freedom at the level of the normal value `z`."""
    from scipy.special import stdtrit

    return float(-stdtrit(freedom, NormalDist().cdf(-z)))


def auc_interval(
    auc: float, variance: float, freedom: float, sizes: tuple[float, float], z: float, cost: float = 1.0
) -> Estimate:
    """All t with |t - A| <= s sqrt(r V(t)), s Student's value: a score interval, so that it stays in [0, 1].

    V(t) = t (1 - t) (1 + N (1 - t) / (2 - t) + N t / (1 + t)) / (m n), N = (m + n) / 2 - 1 (Newcombe 2006).
    r is DeLong's variance over V(A), drawn towards 1 with the weight of 4 degrees of freedom; where DeLong's
    variance is larger than that, it counts in full. s has 4 degrees more than DeLong's variance.

    Args:
        auc: A.
        variance: DeLong's; 0 where the sample separates perfectly.
        freedom: Its degrees of freedom; 0 where there is one row of an outcome.
        sizes: m rows with the event, n without it.
        z: Critical value of the normal distribution at the wanted level.
        cost: What V(t) grows by because rows share entities.
    """
    own = _own_variance(*sizes, cost)
    ratio, known = 1.0, freedom if variance > NO_SPREAD and 0.0 < auc < 1.0 else 0.0
    if known:
        found = variance / own(auc)
        ratio = max((PRIOR + known * found) / (PRIOR + known), found)
    reach = student(z, PRIOR + known) * ratio**0.5
    low, high = (_end(auc, edge, reach, own) for edge in (0.0, 1.0))
    words = "DeLong's variance, moderated; score interval" if known else "score interval of the AUC"
    return Estimate(auc, low, high, words, int(sum(sizes)))


def clustered_auc_interval(
    auc: float,
    of_rows: float,
    totals: Floats,
    sizes: tuple[float, float],
    z: float,
    most: float = inf,
) -> Estimate:
    """The same where rows share entities: V(t) grows as DeLong's variance does (design effect, at least 1).

    Args:
        auc: A.
        of_rows: DeLong's variance of independent rows.
        totals: (k,) influences summed over each entity; their squares sum to the clustered variance.
        sizes: Rows with the event, and without it; copies are counted once.
        z: Critical value.
        most: Degrees of freedom at most, such as those that few entities with the event leave.
    """
    squares = squares_of(totals)
    freedom = min(freedom_of([squares]), most)
    if min(squares.second, of_rows) <= NO_SPREAD or not 0.0 < auc < 1.0 or not freedom:
        return without_interval(auc, int(sum(sizes)))
    cost = max(squares.second / of_rows, 1.0)
    found = auc_interval(auc, squares.second, freedom, sizes, z, cost)
    return replace(found, method=f"{found.method}, clustered by entity")


def newcombe_auc(auc: float, n_events: float, n_others: float, z: float) -> tuple[float, float]:
    """Ends of Newcombe's score interval (2006, Stat Med 25:559, method 5): |t - A| = z sqrt(V(t))."""
    own = _own_variance(n_events, n_others, 1.0)
    return _end(auc, 0.0, z, own), _end(auc, 1.0, z, own)


def _own_variance(n_events: float, n_others: float, cost: float) -> Callable[[float], float]:
    half_size, pairs = (n_events + n_others) / 2.0 - 1.0, n_events * n_others / cost

    def variance(t: float) -> float:
        return t * (1 - t) * (1 + half_size * (1 - t) / (2 - t) + half_size * t / (1 + t)) / pairs

    return variance


def _end(auc: float, edge: float, reach: float, variance: Callable[[float], float]) -> float:
    """Where |t - A| = reach sqrt(V(t)) between the AUC and an edge."""
    inside, outside = auc, edge
    for _ in range(60):  # bisection: 2^-60 is below the precision of a double
        middle = (inside + outside) / 2
        if abs(middle - auc) <= reach * variance(middle) ** 0.5:
            inside = middle
        else:
            outside = middle
    return inside
