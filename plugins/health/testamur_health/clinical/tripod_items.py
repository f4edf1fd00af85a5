"""The items of the TRIPOD+AI checklist, in short words of ours.

G. S. Collins et al.: TRIPOD+AI statement, BMJ 2024;385:e078378. The statement's own wording binds.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Item:
    """One item: its number, the section of the checklist, and what is to be reported."""

    number: str
    section: str
    asks: str


_TABLE = """
1 | Title | that a model is developed or evaluated, the population and the outcome
2 | Abstract | a structured summary (TRIPOD+AI for abstracts)
3a | Background | the health-care context and why the model is made
3b | Background | the target population and the intended use and users
3c | Background | known inequalities in health between groups
4 | Objectives | whether development, evaluation or both is described
5a | Data | where the data come from, and how representative they are
5b | Data | dates of the data, and follow-up
6a | Participants | the setting: number and place of centres
6b | Participants | who was eligible
6c | Participants | treatments received
7 | Data preparation | cleaning and quality checks, alike across groups
8a | Outcome | the outcome, its horizon, and how it was assessed
8b | Outcome | qualifications of those who assessed it, where it is subjective
8c | Outcome | whether assessors knew the predictors
9a | Predictors | how the predictors were chosen
9b | Predictors | definition of every predictor
9c | Predictors | who assessed subjective predictors
10 | Sample size | how the size was arrived at, and whether it suffices
11 | Missing data | how missing values were handled
12a | Analysis | how the data were divided
12b | Analysis | how predictors were handled
12c | Analysis | kind of model, building steps, internal validation
12d | Analysis | differences between clusters such as hospitals
12e | Analysis | measures of performance, and why
12f | Analysis | updating of the model
12g | Analysis | how predictions were made in evaluation
13 | Class imbalance | methods used for it, and recalibration after
14 | Fairness | methods used to address fairness, and why
15 | Output | what the model states, and how a threshold was chosen
16 | Training and evaluation | differences between development and evaluation data
17 | Ethics | approval and consent
18a | Open science | funding and role of funders
18b | Open science | conflicts of interest
18c | Open science | where the protocol is
18d | Open science | registration
18e | Open science | where the data are
18f | Open science | where the code is
19 | Patients and public | how they were involved
20a | Participants, results | flow of participants, with and without the outcome
20b | Participants, results | characteristics, with missing values, by group
20c | Participants, results | comparison of development and evaluation data
21 | Development, results | number of participants and outcomes in each analysis
22 | Specification | the whole model, so that others can use it
23a | Performance, results | performance with intervals, also in key groups
23b | Performance, results | differences between clusters
24 | Updating, results | results of updating
25 | Interpretation | overall interpretation, fairness included
26 | Limitations | limitations and their effect on bias
27a | Usability | how poor or missing input is handled in use
27b | Usability | what users must know, and their interaction with the model
27c | Usability | next steps: applicability, generalisability
"""


def items() -> tuple[Item, ...]:
    """All items in the order of the checklist."""
    rows = [line.split(" | ") for line in _TABLE.strip().splitlines()]
    return tuple(Item(*row) for row in rows)
