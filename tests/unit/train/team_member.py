"""One process of a team, as torchrun starts it: trains on a drawn table; the leader writes what it saw."""

import json
import os
import sys
from pathlib import Path

from conftest import SMALL, draw_table
from testamur.contracts.model import TrainingOptions
from testamur.testing.fakes import RecordingObserver
from testamur.train.fit import fit_model
from testamur.train.models import TABULAR
from testamur.train.options import TabularOptions
from testamur.train.team import Dismissed, join_team

N_ROWS = 301  # odd: the last batch has shares of unequal size


def train(folder: Path, *, batch_size: int, team=None) -> dict:
    """Losses and weights of a short training without dropout."""
    trained = fit_model(
        TABULAR,
        TabularOptions(**SMALL, dropout=0.0),
        TrainingOptions.parse({"epochs": 4, "batch_size": batch_size, "threads": 1}),
        draw_table(n=N_ROWS, weighted=True),
        seed=3,
        device="cpu",
        folder=folder,
        observer=RecordingObserver(),
        team=team,
    )
    said = trained.predictor.predict(draw_table(n=N_ROWS, weighted=True).test)
    return {
        "train": [epoch.train_loss for epoch in trained.summary.history],
        "validation": [epoch.validation_loss for epoch in trained.summary.history],
        "batch_size": trained.summary.batch_size,
        "probabilities": said.probabilities[:, 1].tolist(),
        "checkpoints": sorted(path.name for path in folder.iterdir()),
    }


if __name__ == "__main__":
    place = Path(sys.argv[1])
    team, _ = join_team("cpu")
    own = place / f"rank-{os.environ['RANK']}"
    try:
        seen = train(own, batch_size=16, team=team)
    except Dismissed:
        (place / "dismissed").write_text(str(own.exists()))
    else:
        (place / "seen.json").write_text(json.dumps(seen))
