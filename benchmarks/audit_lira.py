"""A whole LiRA with sixteen shadow models against sacroml's, from the trained model to the figures.

The same 10,000 rows of 20 columns (15 % of the labels are wrong), half of them learnt from; a perceptron
20-128-128-1, batches of 128, 20 epochs of Adam at 0.002, no weight decay, no early stop. sacroml gets
scikit-learn's ``MLPClassifier`` of that recipe and attacks it with 16 clones, each on a random half
(``online-carlini``, one variance for all, no PDF). Ours is the check ``core.privacy.membership`` as an
audit runs it: 16 networks on random halves, their loss on 500 further rows after each epoch, then LiRA
*and* RMIA on each of them and on the audited model, with intervals, a placebo, the most exposed tenth, and
the evidence files. Training the attacked model is on neither side. sacroml's own share after its shadow
models are trained is measured beside it: it finds them in its folder, as after an interrupted run. Areas
below are of different networks and attacks: ours keep the best of their epochs by the held-out loss, which
remembers less than the last one, which scikit-learn keeps.

sacroml is not among the extras, as it asks for XGBoost with CUDA:
``pip install --no-deps -r benchmarks/peers.txt``.

    python benchmarks/audit_lira.py [--write]
"""

from __future__ import annotations

import importlib.util
import logging
import shutil
import sys
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path

import harness  # before the others: it sets one thread
import torch
from audit_shadow import HIDDEN, D, draw_part, table
from sklearn.neural_network import MLPClassifier

from testamur.audit.core_policy import CORE_DEFAULT
from testamur.audit.membership import run_membership
from testamur.contracts.check import AuditInput, CheckOutcome
from testamur.contracts.job import AuditOptions, PrivacyAttacks
from testamur.contracts.model import TrainingOptions
from testamur.testing.fakes import RecordingObserver
from testamur.train.fit import fit_model
from testamur.train.models import TABULAR
from testamur.train.options import TabularOptions
from testamur.train.shadow import Recipe, ShadowTrainer

N, BATCH, EPOCHS, MODELS, RATE = 5_000, 128, 20, 16, 2e-3
OPTIONS = TabularOptions(architecture="mlp", hidden=HIDDEN, depth=2, dropout=0.0, bins=0)
TRAINING = TrainingOptions(
    epochs=EPOCHS, batch_size=BATCH, learning_rate=RATE, weight_decay=0.0, warmup_epochs=0.0,
    gradient_clip=0.0, patience=EPOCHS,
)  # fmt: skip
ROWS = draw_part(2 * N, 1)
FIRST, SECOND = slice(0, N), slice(N, 2 * N)


def part(rows: slice):
    """Some of the rows."""
    names = ("row", "numeric", "missing", "categorical", "target", "groups", "absent", "twin")
    taken = {name: getattr(ROWS, name)[rows] for name in names}
    return replace(ROWS, **taken, twin_with_target=ROWS.twin_with_target[rows])


def ours(given: AuditInput, recipe: Recipe, summary) -> CheckOutcome:
    """The check, with a trainer that remembers nothing."""
    return run_membership(replace(given, trainer=ShadowTrainer(recipe, summary, lambda: None)))


def prepared() -> tuple[AuditInput, Recipe, object]:
    """The audited model of ours, and what the audit is given."""
    rows = replace(table(), train=part(FIRST), test=part(SECOND))
    with tempfile.TemporaryDirectory() as folder:
        trained = fit_model(
            TABULAR, OPTIONS, TRAINING, rows, seed=0, device="cpu", folder=Path(folder),
            observer=RecordingObserver(), resume=False,
        )  # fmt: skip
    summary = trained.summary.model_copy(update={"best_epoch": EPOCHS, "epochs_run": EPOCHS})
    options = AuditOptions(privacy_attacks=PrivacyAttacks.ALL, shadow_models=MODELS)
    given = AuditInput(rows, CORE_DEFAULT, options, {}, predictor=trained.predictor)
    return given, Recipe(TABULAR, OPTIONS, TRAINING, rows, "cpu"), summary


def sacroml_target():
    """scikit-learn's perceptron of the same recipe, trained, as sacroml wants it."""
    from sacroml.attacks.target import Target

    model = MLPClassifier(
        hidden_layer_sizes=(HIDDEN, HIDDEN), batch_size=BATCH, learning_rate_init=RATE, alpha=0.0,
        max_iter=EPOCHS, n_iter_no_change=EPOCHS, tol=0.0, random_state=0,
    )  # fmt: skip
    x, y = ROWS.numeric, ROWS.target
    model.fit(x[FIRST], y[FIRST])
    target = Target(model=model, dataset_name="drawn", X_train=x[FIRST], y_train=y[FIRST],
                    X_test=x[SECOND], y_test=y[SECOND])  # fmt: skip
    for i in range(D):
        target.add_feature(f"x{i}", [i], "float")
    return target


def by_sacroml(target, folder: Path, *, anew: bool = True) -> float:
    """sacroml's attack; its AUC on the attacked model.

    Args:
        target: The attacked model and its rows.
        folder: Where it keeps shadow models.
        anew: False leaves those that are there.
    """
    from sacroml.attacks.likelihood_attack import LIRAAttack

    if anew:
        shutil.rmtree(folder, ignore_errors=True)
    attack = LIRAAttack(
        output_dir=str(folder), write_report=False, n_shadow_models=MODELS, mode="online-carlini",
        fix_variance=True,
    )  # fmt: skip
    attack.attack(target)
    return float(attack.attack_metrics[0]["AUC"])


def main() -> int:
    """Measure, print, write if asked."""
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    torch.set_num_threads(1)
    if importlib.util.find_spec("sacroml") is None:
        print(f"sacroml is required, however: it is not installed\n{__doc__}", file=sys.stderr)
        return 2
    given, recipe, summary = prepared()
    target = sacroml_target()
    told: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "sacroml"
        cases = {
            "testamur, the whole check": lambda: told.update(ours=ours(given, recipe, summary)),
            "sacroml, LiRA": lambda: told.update(theirs=by_sacroml(target, folder)),
            "sacroml, its shadow models at hand": lambda: by_sacroml(target, folder, anew=False),
        }
        times = harness.measure(cases, repeats=2, warm=0)
    page = harness.Page(
        "audit_lira",
        "A whole LiRA",
        "\n\n".join(__doc__.split("\n\n")[1:3]),
        packages=("numpy", "torch", "scikit-learn", "sacroml"),
    )
    first, second, _ = cases
    page.compare("16 shadow models, 10,000 rows", times, base=first)
    found = {(f.measure, f.subject): f for f in told["ours"].findings}
    lines = ["| attacked | AUC of LiRA |", "|---|---:|"]
    for key, words in (
        (("lira_auc", ""), "testamur: each shadow model by the others"),
        (("released_lira_auc", "the audited model itself"), "testamur: the audited model, offline attack"),
    ):
        f = found[key]
        lines.append(f"| {words} | {f.value:.3f} ({f.low:.3f} to {f.high:.3f}) |")
    page.note("\n".join([*lines, f"| sacroml: scikit-learn's model, online attack | {told['theirs']:.3f} |"]))
    ratio = times[second].ratio_to(times[first])
    page.goal(harness.Goal("sacroml's time over ours", ratio, at_least=2.5))
    return page.finish(write=harness.wants_writing())


if __name__ == "__main__":
    raise SystemExit(main())
