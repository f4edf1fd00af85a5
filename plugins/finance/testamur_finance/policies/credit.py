"""What must hold for a credit model, per jurisdiction. Dated; none of it is legal advice."""

from __future__ import annotations

from datetime import date

from testamur.contracts.policy import Policy, Severity
from testamur_finance.policies.credit_limits import (
    SOUND,
    approval_limit,
    opportunity_limit,
    reasons_limit,
)

OWNER = (
    "Testamur finance domain; to be taken over by the lender's own risk and compliance functions before use"
)
REG_B = (
    "Equal Credit Opportunity Act, 15 USC 1691; Regulation B, 12 CFR 1002, as amended by 2026-07804 "
    "(Federal Register, 22 April 2026, effective 21 July 2026)"
)
REG_B_REASONS = "12 CFR 1002.9(b)(2) and its official interpretation; CFPB Circulars 2022-03, 2023-03"
AI_ACT = (
    "Regulation (EU) 2024/1689 (AI Act), Annex III 5(b), duties from 2 December 2027 after Regulation (EU) "
    "2026/1744; Articles 10, 14, 15"
)
GDPR_22 = (
    "GDPR Art. 22; CJEU C-634/21 SCHUFA (7 December 2023) and C-203/22 Dun & Bradstreet (27 February 2025)"
)
CCD2 = "Directive (EU) 2023/2225 on consumer credit, Art. 18, applied from 20 November 2026"
EQUALITY = "Equality Act 2010, sections 19 and 29"
UK_DATA = "UK GDPR Art. 22A-22D as inserted by the Data (Use and Access) Act 2025"
FCA = "FCA Handbook, CONC 5.2A and PRIN 2A (Consumer Duty)"

CREDIT_US = Policy(
    key="finance.credit_us",
    version="1.0",
    title="Credit decisions, United States",
    owner=OWNER,
    rationale=(
        "Treating people differently because of sex, race, marital status or age is unlawful under ECOA. "
        "Since 21 July 2026 Regulation B no longer applies an effects test; differing effects without "
        "intent may still matter under the Fair Housing Act (mortgages) and under state law, so they are "
        "measured and asked a reason for, not set as a must. Refused applicants are owed specific reasons, "
        "whatever the model."
    ),
    reference=REG_B,
    jurisdiction="United States, federal; state law is not covered",
    expires=date(2027, 7, 21),
    primary_measure="auc",
    limits=(
        *SOUND,
        reasons_limit(REG_B_REASONS),
        *(
            approval_limit(
                attribute,
                words,
                Severity.SHOULD,
                "29 CFR 1607.4(D) as a screen; Fair Housing Act, 42 USC 3605 (mortgages)",
                "A lender that meets a wide gap is asked why, by a state, a court or its own board.",
            )
            for attribute, words in (("sex", "sex"), ("race", "race or ethnicity"), ("married", "marriage"))
        ),
        opportunity_limit("sex", "sex", Severity.SHOULD, "Hardt, Price, Srebro (2016)"),
        opportunity_limit("race", "race or ethnicity", Severity.SHOULD, "Hardt, Price, Srebro (2016)"),
    ),
)

CREDIT_EU = Policy(
    key="finance.credit_eu",
    version="1.0",
    title="Credit decisions, European Union",
    owner=OWNER,
    rationale=(
        "Evaluating the creditworthiness of people is high-risk under the AI Act: its data are to be "
        "examined for bias and its accuracy to be declared. A score that a lender draws strongly on is "
        "itself an automated decision (SCHUFA); the applicant may ask for a person and for an explanation. "
        "Sex may not be a ground for the terms of a service, directly or indirectly."
    ),
    reference=f"{AI_ACT}; {GDPR_22}; {CCD2}",
    jurisdiction="European Union; national law is not covered",
    expires=date(2027, 12, 2),
    primary_measure="auc",
    limits=(
        *SOUND,
        reasons_limit(f"{GDPR_22}; AI Act Art. 86"),
        approval_limit(
            "sex",
            "sex",
            Severity.SHOULD,
            "Directive 2004/113/EC Art. 4(1)(b): indirect discrimination; the number 0.8 is a screen",
            "A neutral criterion that puts one sex at a disadvantage must be justified by a legitimate aim.",
        ),
        approval_limit(
            "age",
            "age",
            Severity.SHOULD,
            "AI Act Art. 10(2)(f): biases likely to lead to prohibited discrimination are to be examined",
            "Young applicants with short histories are refused for want of data; that has to be looked at.",
        ),
        opportunity_limit("sex", "sex", Severity.SHOULD, "AI Act Art. 10(2)(f), 15(1)"),
    ),
)

CREDIT_UK = Policy(
    key="finance.credit_uk",
    version="1.0",
    title="Credit decisions, United Kingdom",
    owner=OWNER,
    rationale=(
        "Indirect discrimination by sex or race in a service is unlawful unless it is a proportionate "
        "means to a legitimate aim; significant decisions by automated means need safeguards; a firm must "
        "show good outcomes for its customers, groups of them included. Age protection in services has an "
        "exception for financial services."
    ),
    reference=f"{EQUALITY}; {UK_DATA}; {FCA}",
    jurisdiction="United Kingdom (Great Britain); Northern Ireland is not covered",
    expires=date(2027, 6, 30),
    primary_measure="auc",
    limits=(
        *SOUND,
        reasons_limit(UK_DATA),
        approval_limit(
            "sex",
            "sex",
            Severity.SHOULD,
            f"{EQUALITY}; the number 0.8 is a screen",
            "A provision that puts one sex at a particular disadvantage has to be justified.",
        ),
        approval_limit(
            "race",
            "race or ethnicity",
            Severity.SHOULD,
            f"{EQUALITY}; the number 0.8 is a screen",
            "A provision that puts a racial group at a particular disadvantage has to be justified.",
        ),
        opportunity_limit("sex", "sex", Severity.SHOULD, EQUALITY),
    ),
)
CREDIT_POLICIES = (CREDIT_US, CREDIT_EU, CREDIT_UK)
