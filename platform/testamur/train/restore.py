"""Door for those who have a dossier's model and want to predict with it."""

from __future__ import annotations

from testamur.train.trained import load_predictor

__all__ = ["load_predictor"]
