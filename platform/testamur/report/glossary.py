"""The words and signs a reader meets in the report."""

TERMS = (
    (
        "Interval",
        "The values that agree with the data. With many samples of this size, 95 of 100 such "
        "intervals would hold the true value, unless another level is stated.",
    ),
    (
        "Simultaneous interval",
        "Wide enough to hold for all groups of its family at the same time, so that looking at many "
        "groups does not find a difference by chance.",
    ),
    ("n", "Number of rows that a value rests on."),
    ("Met", "The whole interval lies on the allowed side of the limit."),
    ("Breached", "The whole interval lies on the forbidden side of the limit."),
    (
        "Not shown",
        "The interval lies on both sides, or nothing was measured: the data do not settle the "
        "question. It is no sign of harmlessness.",
    ),
    (
        "Must, should",
        "A must limit blocks release unless it is met. A should limit asks for a written reason.",
    ),
    ("Not estimable", "Too few rows for a number that would mean anything."),
    ("Not applicable", "The question does not arise for this kind of problem."),
    (
        "Smallest gap this sample could show",
        "A true difference below it would have been missed more often than one time in five, so "
        "that “no difference found” says little.",
    ),
    ("Points", "Percentage points: from 20 % to 25 % is 5 points."),
    (
        "AUC",
        "Area under the ROC curve: how often a random row with the event gets a higher risk than a "
        "random row without it; 0.5 is chance, 1 is perfect.",
    ),
    (
        "Calibration slope",
        "1 when risks are as spread as they should be; below 1 when high ones are too high and low "
        "ones too low.",
    ),
    ("Observed/expected", "Events that happened, divided by the sum of the predicted risks; 1 is ideal."),
    ("Selection rate", "Share of rows at or above the decision threshold."),
    ("True-positive rate", "Of those with the event, the share selected."),
    ("False-positive rate", "Of those without the event, the share selected."),
    ("Positive predictive value", "Of those selected, the share with the event."),
    ("Net benefit", "True positives per row, less false positives weighed by the odds of the threshold."),
    ("Baseline", "A simple method fitted and tested on the same rows, for comparison."),
    (
        "ABROCA",
        "Area between the ROC curves of two groups: how differently risks rank people of either, at "
        "whatever threshold; 0 is alike.",
    ),
    (
        "Differential fairness",
        "Logarithm of the largest factor by which a group changes the chance of a decision; 0 is none.",
    ),
    (
        "Membership attack (LiRA, RMIA)",
        "Guesses whether a row was learnt from, by training the recipe again with and without it. What "
        "it finds is a lower bound: a better attack may find more.",
    ),
    (
        "Shadow model",
        "The recipe trained again on rows that coins chose, so that the truth is known when it is attacked.",
    ),
    (
        "Epsilon, delta",
        "A proven bound of private training: with or without any one person, the odds of every outcome "
        "differ by a factor of at most e to the epsilon, but for a chance of delta. An attack can show that "
        "epsilon is at least so much; only training can guarantee that it is at most so much.",
    ),
    (
        "k-anonymity (k, l, t)",
        "k: the fewest people who share what others may know of them; l: the fewest different outcomes among "
        "such people; t: how far their outcomes lie from everyone's at most.",
    ),
    (
        "Importance",
        "How much worse the model answers when a column is shuffled among the rows.",
    ),
    (
        "Shapley value",
        "What a column adds to one person's answer, averaged over the orders in which columns may be told.",
    ),
    (
        "Accumulated local effect",
        "How the answer moves when one number rises a little and all else stays as it is, added up.",
    ),
    ("Recourse", "Changes that would bring another answer, and what they cost."),
    (
        "Stability index (PSI)",
        "How far a column's distribution in the test part lies from that in training; 0.1 is usually "
        "looked at and 0.25 acted on.",
    ),
    (
        "FGSM, PGD",
        "Numbers moved within stated bounds in the direction that hurts the model, in one step or several.",
    ),
    (
        "Planted fault, placebo",
        "Copies of the data with a fault put in, or with nothing to find: the audit is tried on both.",
    ),
    ("Sealed", "Carries the platform's signature over every file. It says unchanged, not approved."),
)
"""Term and meaning, in the order in which a reader meets them."""
