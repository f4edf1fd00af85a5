"""Which form belongs to which shape of input."""

from __future__ import annotations

from typing import Any

from testamur.contracts.errors import TestamurError
from testamur.contracts.model import InputShape, ModelOptions, ModelSpec
from testamur.contracts.table import RowsTable
from testamur.train.form import Form


def plan_form(spec: ModelSpec, options: ModelOptions, table: RowsTable) -> Form:
    """The form that a model's shape of input and the training part ask for.

    A model of rows with an option ``folds`` is cross-fitted: its network has ``members`` members, of which
    each holds a fold of the training and validation rows out.

    Raises:
        DataError: There is nothing to learn from.
        TestamurError: The shape is not known to this version.
    """
    match spec.input_shape:
        case InputShape.ROWS:
            if n_folds := getattr(options, "folds", 0):
                from testamur.train.cross_fit import CrossFitForm

                return CrossFitForm.plan_folds(
                    table, n_folds=n_folds, n_members=getattr(options, "members", n_folds)
                )
            from testamur.train.rows_form import RowsForm

            return RowsForm.plan(table)
        case InputShape.INTERACTIONS:
            from testamur.train.interactions_form import InteractionsForm

            return InteractionsForm.plan(options, table)
        case InputShape.SEQUENCES:
            from testamur.train.sequences_form import SequencesForm

            return SequencesForm.plan(options, table)
        case InputShape.WINDOWS:
            from testamur.train.windows_form import WindowsForm

            squared = getattr(options, "loss", "") == "squared"
            return WindowsForm.plan(table, squared=squared, calendar=getattr(options, "calendar", False))
        case InputShape.TOKENS:
            from testamur.train.tokens_form import TokensForm

            return TokensForm.plan(spec, options, table)
    raise _unknown(spec)


def read_form(spec: ModelSpec, tree: dict[str, Any]) -> Form:
    """The form of a saved model, from its description.

    Raises:
        KeyError, TypeError, ValueError: The description is of another form.
        TestamurError: The shape is not known to this version.
    """
    match spec.input_shape:
        case InputShape.ROWS:
            from testamur.train.rows_form import RowsForm

            return RowsForm.read(tree)
        case InputShape.INTERACTIONS:
            from testamur.train.interactions_form import InteractionsForm

            return InteractionsForm.read(tree)
        case InputShape.SEQUENCES:
            from testamur.train.sequences_form import SequencesForm

            return SequencesForm.read(tree)
        case InputShape.WINDOWS:
            from testamur.train.windows_form import WindowsForm

            return WindowsForm.read(tree)
        case InputShape.TOKENS:
            from testamur.train.tokens_form import TokensForm

            return TokensForm.read(spec, tree)
    raise _unknown(spec)


def _unknown(spec: ModelSpec) -> TestamurError:
    shape = spec.input_shape.value
    return TestamurError(f"{spec.key}: an input shape that this version trains is required, however: {shape}")
