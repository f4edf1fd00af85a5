"""Splits and leaves of scikit-learn's boostings, gathered tree by tree.

Reads ``_predictors``, ``_baseline_prediction`` and ``_preprocessor`` of the estimators, which are not public:
a test holds what is gathered against the estimators' own predictions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from testamur.train.boosting import MOST_CATEGORIES, MOST_LEAVES, BaggedPredictor

N_LEAVES, N_SPLITS = MOST_LEAVES, MOST_LEAVES - 1
N_CODES = MOST_CATEGORIES + 1
_NEVER = -30.0  # logit of a class that a boosting was never shown
_ALL = -1  # every bit set: no leaf is struck out


@dataclass(slots=True)
class TreeNodes:
    """Nodes of the trees that were gathered so far; leaves are numbered from left to right.

    Attributes:
        columns: Input of each of scikit-learn's columns: it puts the categories first.
        start: (n_members, n_outputs) where each member's sums start.
        scale: Leaves are divided by it.
    """

    columns: NDArray[np.int64]
    start: NDArray[np.float64]
    scale: float
    _feature: list[NDArray[np.int64]] = field(default_factory=list)
    _threshold: list[NDArray[np.float32]] = field(default_factory=list)
    _missing_left: list[NDArray[np.bool_]] = field(default_factory=list)
    _keeps: list[NDArray[np.int64]] = field(default_factory=list)
    _leaf: list[NDArray[np.float64]] = field(default_factory=list)
    _cell: list[int] = field(default_factory=list)
    _by_code: list[tuple[int, int]] = field(default_factory=list)
    _goes_left: list[NDArray[np.bool_]] = field(default_factory=list)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """What `trees.Trees` holds, by the name of its buffers."""
        n = len(self._cell)
        shaped = {
            "feature": np.array(self._feature, dtype=np.int64).reshape(n, N_SPLITS).T,
            "threshold": np.array(self._threshold, dtype=np.float32).reshape(n, N_SPLITS).T,
            "missing_left": np.array(self._missing_left, dtype=bool).reshape(n, N_SPLITS).T,
            "keeps": np.array(self._keeps, dtype=np.int64).reshape(n, N_SPLITS).T,
            "leaf": np.array(self._leaf, dtype=np.float64).reshape(n, N_LEAVES).T / self.scale,
            "goes_left": np.array(self._goes_left, dtype=bool).reshape(-1, N_CODES),
        }
        return {
            **shaped,
            "cell": np.array(self._cell, dtype=np.int64),
            "by_code": np.array([split * n + tree for split, tree in self._by_code], dtype=np.int64),
            "start": self.start,
        }

    def add_boosting(self, estimator: Any, member: int) -> None:
        """Add the trees of one boosting."""
        n_outputs = self.start.shape[1]
        seen = getattr(estimator, "classes_", None)
        if seen is not None and len(seen) == 1:
            self.start[member] = _start_of_one(int(seen[0]), n_outputs)
            return
        outputs = [0] if seen is None or n_outputs == 1 else [int(c) for c in seen]
        if n_outputs > 1:
            self.start[member] = _NEVER
        if len(outputs) == 2:  # of two classes among more, the second's logit stands against 0
            self.start[member, outputs[0]] = 0.0
            outputs = outputs[1:]
        self.start[member, outputs] = np.asarray(estimator._baseline_prediction).reshape(-1)
        known = _known_codes(estimator)
        for turn in estimator._predictors:
            for output, tree in zip(outputs, turn, strict=True):
                self._add_tree(tree, known, member * n_outputs + output)

    def _add_tree(self, tree: Any, known: list[NDArray[np.int64]], cell: int) -> None:
        feature, threshold = np.zeros(N_SPLITS, dtype=np.int64), np.zeros(N_SPLITS, dtype=np.float32)
        missing_left, keeps = np.zeros(N_SPLITS, dtype=bool), np.full(N_SPLITS, _ALL, dtype=np.int64)
        leaves: list[float] = []
        n_splits = 0
        tree_number = len(self._cell)

        def visit(i: int) -> None:
            nonlocal n_splits
            node = tree.nodes[i]
            if node["is_leaf"]:
                leaves.append(float(node["value"]))
                return
            own, before = n_splits, len(leaves)
            n_splits += 1
            feature[own] = self.columns[int(node["feature_idx"])]
            missing_left[own] = bool(node["missing_go_to_left"])
            threshold[own] = _below(float(node["num_threshold"]))
            if node["is_categorical"]:
                self._by_code.append((own, tree_number))
                codes = known[int(node["feature_idx"])]
                bits = tree.raw_left_cat_bitsets[int(node["bitset_idx"])]
                self._goes_left.append(_left_codes(bits, codes, bool(node["missing_go_to_left"])))
            visit(int(node["left"]))
            keeps[own] = _ALL ^ ((1 << len(leaves)) - (1 << before))
            visit(int(node["right"]))

        visit(0)
        self._feature.append(feature)
        self._threshold.append(threshold)
        self._missing_left.append(missing_left)
        self._keeps.append(keeps)
        self._leaf.append(np.array(leaves + [0.0] * (N_LEAVES - len(leaves))))
        self._cell.append(cell)


def gather_nodes(
    bag: BaggedPredictor, mask: NDArray[np.bool_], *, n_outputs: int, mean: float, scale: float
) -> TreeNodes:
    """The trees of a bag.

    Args:
        bag: Fitted boostings.
        mask: (n_features,) which inputs are categories.
        n_outputs: Outputs of each boosting.
        mean: Of a regression's target; sums are put on the standardised scale. 0 otherwise.
        scale: Standard deviation of a regression's target. 1 otherwise.
    """
    columns = np.concatenate([np.flatnonzero(mask), np.flatnonzero(~mask)])
    nodes = TreeNodes(columns, np.zeros((len(bag.members), n_outputs)), scale)
    for member, boosting in enumerate(bag.members):
        nodes.add_boosting(boosting.estimator, member)
    nodes.start = (nodes.start - mean) / scale
    return nodes


def _below(threshold: float) -> np.float32:
    """The largest float32 not above a threshold: a float32 number is at most the one as it is the other."""
    near = np.float32(threshold)
    return near if float(near) <= threshold else np.nextafter(near, np.float32(-np.inf))


def _known_codes(estimator: Any) -> list[NDArray[np.int64]]:
    """Codes that training showed, per categorical column, in the order of scikit-learn's own numbering."""
    if estimator._preprocessor is None:
        return []
    found = estimator._preprocessor.named_transformers_["encoder"].categories_
    return [np.asarray(codes, dtype=np.int64) for codes in found]


def _left_codes(bits: NDArray[np.uint32], codes: NDArray[np.int64], missing_left: bool) -> NDArray[np.bool_]:
    """(256,) which codes go left; one that training never showed goes where the missing go."""
    left = np.full(N_CODES, missing_left)
    order = np.arange(len(codes))
    left[codes] = (bits[order // 32] >> (order % 32).astype(np.uint32)) & 1 > 0
    return left


def _start_of_one(seen: int, n_outputs: int) -> NDArray[np.float64]:
    """Logits of a boosting that knew one class only."""
    if n_outputs == 1:
        return np.array([-_NEVER if seen == 1 else _NEVER])
    return np.where(np.arange(n_outputs) == seen, 0.0, _NEVER)
