"""Nothing heavy is imported on the way to the first training step."""

import subprocess
import sys
import textwrap
from pathlib import Path

HERE = Path(__file__).parent

FIT = """
import sys
sys.path.insert(0, {here!r})
import conftest, pathlib, tempfile
from testamur.contracts.model import TrainingOptions
from testamur.testing.fakes import RecordingObserver
from testamur.train.fit import fit_model
from testamur.train.models import TABULAR
from testamur.train.options import TabularOptions

heavy = ["torch._dynamo", "torch._inductor", "sklearn", "scipy", "pandas", "sympy", "polars", "lightning"]
for architecture in ("mlp", "tabm"):
    fit_model(
        TABULAR, TabularOptions(architecture=architecture, **conftest.SMALL),
        TrainingOptions(epochs=1, batch_size=64), conftest.draw_table(), seed=0, device="cpu",
        folder=pathlib.Path(tempfile.mkdtemp()), observer=RecordingObserver(),
    )
    print(architecture, sorted(name for name in heavy if name in sys.modules))
import sklearn.ensemble
print(sklearn.__name__)
"""


def run(script):
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout.strip()


def test_training_imports_neither_a_compiler_nor_scikit_learn_which_can_be_imported_afterwards():
    assert run(FIT.format(here=str(HERE))).splitlines() == ["mlp []", "tabm []", "sklearn"]


def test_models_and_options_are_listed_without_torch():
    script = """
        import sys
        from testamur.train.models import CORE_MODELS
        schema = CORE_MODELS[0].options.model_json_schema()
        assert all(field.get("description") for field in schema["properties"].values())
        print([name for name in ("torch", "numpy") if name in sys.modules])
    """
    assert run(script) == "[]"
