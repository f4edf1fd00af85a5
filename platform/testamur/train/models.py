"""The models of the core, declared without torch."""

from __future__ import annotations

from testamur.contracts.dataset import ProblemKind
from testamur.contracts.model import InputShape, ModelSpec
from testamur.train.ensemble_options import EnsembleOptions
from testamur.train.options import RecommenderOptions, SequenceOptions, TabularOptions
from testamur.train.window_options import ForecastOptions, RecurrentOptions, WindowClassifierOptions

TABULAR = ModelSpec(
    key="core.tabular",
    title="Tabular network",
    summary="An averaged ensemble of small networks (TabM) or one network (MLP) for rows of a table.",
    problems=(ProblemKind.BINARY, ProblemKind.MULTICLASS, ProblemKind.REGRESSION),
    build="testamur.train.layers:build_tabular",
    options=TabularOptions,
    private=True,
    citation=(
        "Y. Gorishniy et al.: TabM: Advancing tabular deep learning with parameter-efficient ensembling, "
        "ICLR 2025; Y. Gorishniy et al.: On embeddings for numerical features in tabular deep learning, "
        "NeurIPS 2022"
    ),
)

RECOMMENDER = ModelSpec(
    key="core.recommender",
    title="Recommender",
    summary="What a user chooses next: EASE with recency, a transformer over past choices, or their blend.",
    problems=(ProblemKind.RANKING,),
    input_shape=InputShape.INTERACTIONS,
    build="testamur.train.recommender:build_recommender",
    before="testamur.train.recommender_steps:fit_linear",
    after="testamur.train.recommender_steps:settle_blend",
    options=RecommenderOptions,
    citation=(
        "H. Steck: Embarrassingly shallow autoencoders for sparse data, WWW 2019; "
        "W.-C. Kang and J. McAuley: Self-attentive sequential recommendation, ICDM 2018"
    ),
)

SEQUENCE = ModelSpec(
    key="core.sequence",
    title="Sequence of answers",
    summary="Whether the next answer of a learner is the event, from all earlier items and answers.",
    problems=(ProblemKind.BINARY,),
    input_shape=InputShape.SEQUENCES,
    build="testamur.train.answers:build_answers",
    options=SequenceOptions,
    citation=(
        "S. Pandey and G. Karypis: A self-attentive model for knowledge tracing, EDM 2019; "
        "C. Piech et al.: Deep knowledge tracing, NeurIPS 2015"
    ),
)


FORECAST = ModelSpec(
    key="core.forecast",
    title="Anchored forecast",
    summary=(
        "The last cycle repeated, corrected by a linear map and small networks over the scaled window; one "
        "model for all series, trained on quantiles or on squared error."
    ),
    problems=(ProblemKind.FORECAST,),
    input_shape=InputShape.WINDOWS,
    build="testamur.train.window_layers:build_forecast",
    options=ForecastOptions,
    citation=(
        "A. Zeng et al.: Are transformers effective for time series forecasting?, AAAI 2023; "
        "R. Wen et al.: A multi-horizon quantile recurrent forecaster, 2017"
    ),
)

WINDOW_CLASSIFIER = ModelSpec(
    key="core.window_classifier",
    title="Convolutional window classifier",
    summary="Convolutions along the time of a window of measurements; predicts the label of its last row.",
    problems=(ProblemKind.BINARY, ProblemKind.MULTICLASS),
    input_shape=InputShape.WINDOWS,
    build="testamur.train.window_layers:build_window_classifier",
    options=WindowClassifierOptions,
    citation=(
        "Z. Wang, W. Yan, T. Oates: Time series classification from scratch with deep neural networks: A "
        "strong baseline, IJCNN 2017"
    ),
)

RECURRENT = ModelSpec(
    key="core.recurrent",
    title="Recurrent network of windows",
    summary=(
        "An LSTM along the time of a window, and the features of its last row; classes, or quantiles around "
        "the last cycle."
    ),
    problems=(ProblemKind.BINARY, ProblemKind.MULTICLASS, ProblemKind.FORECAST),
    input_shape=InputShape.WINDOWS,
    build="testamur.train.window_layers:build_recurrent",
    options=RecurrentOptions,
    private=True,
    citation="S. Hochreiter and J. Schmidhuber: Long short-term memory, Neural Computation 9(8), 1997",
)

ENSEMBLE = ModelSpec(
    key="core.ensemble",
    title="Cross-fitted ensemble",
    summary=(
        "Independent small networks for rows of a table, trained at once; each holds a fold of the training "
        "and validation rows out, to stop by, and all are averaged."
    ),
    problems=(ProblemKind.BINARY, ProblemKind.MULTICLASS, ProblemKind.REGRESSION),
    build="testamur.train.ensemble:build_ensemble",
    options=EnsembleOptions,
    citation=(
        "B. Lakshminarayanan, A. Pritzel, C. Blundell: Simple and scalable predictive uncertainty estimation "
        "using deep ensembles, NeurIPS 2017; A. Krogh, J. Vedelsby: Neural network ensembles, cross "
        "validation, and active learning, NeurIPS 1994; Y. Gorishniy et al.: On embeddings for numerical "
        "features in tabular deep learning, NeurIPS 2022"
    ),
)

CORE_MODELS = (TABULAR, ENSEMBLE, FORECAST, WINDOW_CLASSIFIER, RECURRENT, RECOMMENDER, SEQUENCE)
