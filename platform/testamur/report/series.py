"""What figures call the model, its baselines and what they are held against."""

from __future__ import annotations

WORDS = {
    "model": "this model",
    "naive": "naive baseline",
    "linear": "linear model",
    "boosting": "gradient boosting",
    "bagged": "bagged gradient boosting",
    "networks": "the networks alone",
    "unconstrained": "the same without the constraint",
    "ability": "item and ability so far",
    "popularity": "most chosen for everyone",
    "ease": "EASE",
    "item_neighbours": "item neighbours",
    "chosen": "what users chose",
    "all": "act on everyone",
}


def name_series(name: str) -> str:
    """What a legend calls the model, a baseline, or a baseline that a plugin's model names."""
    return WORDS.get(name, name.replace("_", " "))
