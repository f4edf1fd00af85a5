"""Epsilon is the library's: it agrees with Opacus' own accountant and with dp-accounting, and is a bound."""

import sys

import dp_accounting
import pytest
from dp_accounting import pld, rdp

from testamur.audit.golden_private import gaussian_epsilon
from testamur.contracts.errors import ConfigurationError
from testamur.contracts.privacy import AccountantKind
from testamur.train.accountant import accountant_name, least_noise, spent

RDP, PRV = AccountantKind.RDP, AccountantKind.PRV

CASES = [(1 / 16, 2.0, 80), (0.01, 1.0, 2000), (1.0, 20.0, 50)]


def event(rate, noise):
    return dp_accounting.PoissonSampledDpEvent(rate, dp_accounting.GaussianDpEvent(noise))


@pytest.mark.parametrize(("rate", "noise", "steps"), CASES)
def test_epsilon_agrees_with_dp_accounting(rate, noise, steps):
    other = rdp.RdpAccountant()
    other.compose(event(rate, noise), steps)
    ours = spent(noise, rate, steps, 1e-5, RDP)
    assert ours == pytest.approx(other.get_epsilon(1e-5), rel=0.01)  # orders differ, the bound hardly


@pytest.mark.parametrize(("rate", "noise", "steps"), CASES[:2])
def test_epsilon_agrees_with_the_accountant_of_opacus(rate, noise, steps):
    from opacus.accountants import RDPAccountant

    other = RDPAccountant()
    other.history = [(noise, rate, steps)]
    assert spent(noise, rate, steps, 1e-5, RDP) == pytest.approx(other.get_epsilon(delta=1e-5), rel=0.01)


@pytest.mark.parametrize(("rate", "noise", "steps"), [(0.01, 1.0, 500), (0.25, 8.0, 100)])
def test_the_tight_accountant_agrees_with_dp_accounting(rate, noise, steps):
    tight = pld.PLDAccountant(value_discretization_interval=1e-3)
    tight.compose(event(rate, noise), steps)
    ours = spent(noise, rate, steps, 1e-5, PRV)
    assert tight.get_epsilon(1e-5) - 0.003 <= ours <= tight.get_epsilon(1e-5) + 0.012  # it adds its error
    assert ours < spent(noise, rate, steps, 1e-5, RDP)


@pytest.mark.parametrize(("epsilon", "kind"), [(0.3, RDP), (3.0, RDP), (20.0, RDP), (2.0, PRV)])
def test_the_least_noise_spends_what_is_allowed_and_hardly_less(epsilon, kind):
    noise = least_noise(epsilon, 0.05, 100, 1e-6, kind)
    assert 0.99 * epsilon <= spent(noise, 0.05, 100, 1e-6, kind) <= epsilon
    assert spent(0.98 * noise, 0.05, 100, 1e-6, kind) > epsilon


def test_more_steps_and_less_noise_spend_more():
    few, many = (spent(2.0, 0.05, steps, 1e-5, RDP) for steps in (100, 200))
    assert many > few > spent(3.0, 0.05, 100, 1e-5, RDP)
    assert spent(0.0, 0.05, 100, 1e-5, RDP) == float("inf")


def test_an_epsilon_out_of_reach_is_refused():
    with pytest.raises(ConfigurationError) as caught:
        least_noise(1e-9, 1.0, 10**6, 1e-5, RDP)
    assert "training.privacy.epsilon" in str(caught.value)


def test_the_accountant_is_named_with_its_version():
    assert accountant_name(PRV).startswith("PRV accountant of Opacus 1.")


def test_a_missing_extra_names_the_command(monkeypatch):
    monkeypatch.setitem(sys.modules, "opacus.accountants.analysis.rdp", None)
    with pytest.raises(ConfigurationError) as caught:
        spent(1.0, 0.123, 10, 1e-5, RDP)
    assert 'pip install "testamur[privacy]"' in str(caught.value)


def test_without_sampling_epsilon_is_the_closed_form():
    wanted = gaussian_epsilon(20.0, 50, 1e-5)
    assert wanted <= spent(20.0, 1.0, 50, 1e-5, PRV) <= wanted + 0.012
    assert wanted <= spent(20.0, 1.0, 50, 1e-5, RDP) <= 1.15 * wanted
