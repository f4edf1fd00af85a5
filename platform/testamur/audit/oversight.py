"""Who watches over the model's answers, how many a person must look at, and what that buys."""

from __future__ import annotations

from testamur.audit.tried_rows import EVERY_PROBLEM
from testamur.contracts.check import CheckSpec, Need
from testamur.contracts.finding import Section

STATED = CheckSpec(
    key="core.oversight.stated",
    section=Section.OVERSIGHT,
    title="What is stated about oversight and work",
    question="Who can overrule the model, whose tasks change, and who was heard?",
    formula="1 where the job's [purpose] states it, 0 where it is blank; the words stand beside it",
    citation="Regulation (EU) 2024/1689, Art. 14 and 26; ISO/IEC 42005:2025",
    needs=(Need.DATA,),
    problems=EVERY_PROBLEM,
    run="testamur.audit.oversight_stated:run",
    golden="testamur.audit.golden_oversight:stated_cases",
)
REVIEW = CheckSpec(
    key="core.oversight.review_load",
    section=Section.OVERSIGHT,
    title="Answers to review",
    question="How many answers must a person review?",
    formula="cases * P(flagged) * minutes per case / 60; flagged: at or above the threshold, in test",
    citation="Wilson 1927, JASA 22:209",
    needs=(Need.PREDICTIONS, Need.THRESHOLD),
    problems=EVERY_PROBLEM,
    run="testamur.audit.oversight_load:run",
    golden="testamur.audit.golden_oversight:load_cases",
)
DEFERRAL = CheckSpec(
    key="core.oversight.deferral",
    section=Section.OVERSIGHT,
    title="Leaving doubtful cases to a person",
    question="How often is the model wrong when it decides only the cases it is surest of?",
    formula="risk(c) = wrong decisions among the share c of cases that lie furthest from the threshold, or "
    "whose most probable class is the most probable",
    citation="El-Yaniv and Wiener 2010, JMLR 11:1605; Geifman and El-Yaniv 2017, NeurIPS; Wilson 1927",
    needs=(Need.PREDICTIONS,),
    problems=EVERY_PROBLEM,
    run="testamur.audit.oversight_deferral:run",
    golden="testamur.audit.golden_oversight:deferral_cases",
)

CHECKS: tuple[CheckSpec, ...] = (STATED, REVIEW, DEFERRAL)
