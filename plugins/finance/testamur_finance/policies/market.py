"""What must hold for a forecast of daily returns, and for an allocation that is shown to a client."""

from __future__ import annotations

from datetime import date

from testamur.contracts.policy import Direction, Limit, Policy, Severity

BASEL = "Basel Committee, Minimum capital requirements for market risk (2019), MAR32 (backtesting)"
KUPIEC = "P. Kupiec (1995), J. Derivatives 3:73"
MIFID = (
    "Directive 2014/65/EU Art. 25(2); Delegated Regulation (EU) 2017/565 Art. 54-55; ESMA35-43-3172 (2023)"
)
PRIIPS = "Delegated Regulation (EU) 2017/653, Annex II, part 1"

TAILS = (
    Limit(
        id="tail_as_often_as_stated",
        check="finance.market.tails",
        measure="kupiec_p_01",
        direction=Direction.AT_LEAST,
        value=0.05,
        severity=Severity.SHOULD,
        title="1 % bound is broken as often as stated",
        question="Is the 1 % bound broken on about one day in a hundred?",
        rationale="A bound that is broken twice as often as stated is no bound; the test rejects at 5 %.",
        reference=f"{KUPIEC}; {BASEL}",
    ),
    Limit(
        id="tail_not_too_often",
        check="finance.market.tails",
        measure="coverage_01",
        direction=Direction.AT_MOST,
        value=0.016,
        severity=Severity.MUST,
        title="1 % bound is not broken far too often",
        question="Is the 1 % bound broken on at most 1.6 days in a hundred?",
        rationale=(
            "Up to four breaches in 250 days (1.6 %) are the green zone of Basel's traffic light; what is "
            "above is another risk than the one that is stated. Set before the first test figure."
        ),
        reference=BASEL,
    ),
    Limit(
        id="breaches_come_one_by_one",
        check="finance.market.tails",
        measure="christoffersen_p_01",
        direction=Direction.AT_LEAST,
        value=0.05,
        severity=Severity.SHOULD,
        title="Breaches come one by one",
        question="Do days beyond the 1 % bound come singly, not in rows?",
        rationale="Breaches in a row mean that the model is slow to see a crisis.",
        reference="P. Christoffersen (1998), Int. Econ. Rev. 39:841",
    ),
)
BETTER = (
    Limit(
        id="better_than_historical",
        check="finance.market.pinball",
        measure="pinball_ratio_historical",
        direction=Direction.BELOW,
        value=1.0,
        severity=Severity.MUST,
        title="Better than historical simulation",
        question="Are its quantiles closer to what came than those of the last 500 days?",
        rationale="Historical simulation costs nothing; a network must do better.",
        reference="R. Koenker, G. Bassett (1978); F. Diebold, R. Mariano (1995)",
    ),
    Limit(
        id="far_better_than_historical",
        check="finance.market.pinball",
        measure="pinball_ratio_historical",
        direction=Direction.AT_MOST,
        value=0.95,
        severity=Severity.SHOULD,
        title="Clearly better than historical simulation",
        question="Is its loss at most 0.95 of that of historical simulation?",
        rationale="Volatility that moves is worth about a twentieth of the loss; less was not learnt.",
        reference="Target of Testamur's finance domain",
    ),
    Limit(
        id="no_worse_than_garch",
        check="finance.market.pinball",
        measure="pinball_ratio_garch",
        direction=Direction.AT_MOST,
        value=1.01,
        severity=Severity.SHOULD,
        title="No worse than GARCH",
        question="Is its loss at most 1 % above that of GARCH?",
        rationale="GARCH has seven numbers per series; a network that loses to it should not be used.",
        reference="Glosten, Jagannathan, Runkle (1993), J. Finance 48:1779",
    ),
)
OWNER = "Testamur finance domain; to be taken over by the firm's own risk function before any use"

MARKET = Policy(
    key="finance.market",
    version="1.0",
    title="Forecast of daily returns",
    owner=OWNER,
    rationale=(
        "A forecast of returns is a statement about spread, never about direction. It has to beat what "
        "costs nothing, and its bounds have to be broken as often as it says."
    ),
    reference=BASEL,
    jurisdiction="none in particular; not a model for regulatory capital",
    expires=date(2027, 12, 31),
    minimum_group=1,  # rows are days of securities: nobody is in a group
    primary_measure="pinball_ratio_historical",
    limits=(*BETTER, *TAILS),
)

ADVICE = Policy(
    key="finance.advice",
    version="1.0",
    title="Allocation shown to a client",
    owner=OWNER,
    rationale=(
        "What is proposed must fit the declared level of risk on days that it was not chosen on, must not "
        "rest on a handful of securities, and has to say what it would have cost and gained against doing "
        "nothing clever."
    ),
    reference=MIFID,
    jurisdiction="European Union (MiFID II); a support for an adviser, not investment advice",
    expires=date(2027, 6, 30),
    minimum_group=1,
    primary_measure="volatility_difference",
    limits=(
        Limit(
            id="keeps_to_the_level",
            check="finance.advice.allocation",
            measure="volatility_over_limit",
            direction=Direction.AT_MOST,
            value=1.25,
            severity=Severity.MUST,
            title="Keeps to the declared level of risk",
            question=(
                "Did the mix stay within 1.25 times the yearly volatility that the client's level allows?"
            ),
            rationale="A quarter is left for years that nobody expected; beyond it the level says nothing.",
            reference=f"{PRIIPS}; {MIFID}",
        ),
        Limit(
            id="less_risk_than_equal_weight",
            check="finance.advice.allocation",
            measure="volatility_difference",
            direction=Direction.BELOW,
            value=0.0,
            severity=Severity.SHOULD,
            title="Less risk than equal weight",
            question="Was its yearly volatility below that of holding the same of everything?",
            rationale="An optimiser that does not lower risk on new days has fitted the old ones.",
            reference="V. DeMiguel, L. Garlappi, R. Uppal (2009), Rev. Financial Studies 22:1915",
        ),
        Limit(
            id="spread_widely",
            check="finance.advice.allocation",
            measure="effective_holdings",
            direction=Direction.AT_LEAST,
            value=5.0,
            severity=Severity.MUST,
            title="Not a handful of securities",
            question="Is it spread as widely as five equal holdings at least?",
            rationale="A company can fail; a client must not fail with it.",
            reference=f"{MIFID}; Art. 52 of Directive 2009/65/EC (5/10/40) as a yardstick",
        ),
        Limit(
            id="little_trading",
            check="finance.advice.allocation",
            measure="yearly_turnover",
            direction=Direction.AT_MOST,
            value=4.0,
            severity=Severity.SHOULD,
            title="Little trading",
            question="Are at most four times the portfolio bought and sold in a year?",
            rationale="Costs are certain, gains are not.",
            reference=(
                "Delegated Regulation (EU) 2017/565 Art. 54(11): benefits of switching exceed its costs"
            ),
        ),
        *TAILS[:2],
    ),
)
MARKET_POLICIES = (MARKET, ADVICE)
