"""Energy by kind of work: counted where the hardware tells, estimated and so labelled where not."""

import math
import sys
import time
from types import SimpleNamespace

import pytest

from testamur.contracts.energy import EnergyWork
from testamur.pipeline.energy_counters import PACKAGES, NvmlCounter, RaplCounter, find_nvml, find_rapl
from testamur.pipeline.energy_meter import Meter


class Told:
    """A counter that tells what it is given."""

    device = PACKAGES

    def __init__(self, *joules):
        self._joules = iter(joules)

    def advance(self):
        return next(self._joules)


def domain(folder, number, name, microjoules, *, upto=262_143_328_850):
    place = folder / f"intel-rapl:{number}"
    place.mkdir(parents=True)
    (place / "name").write_text(f"{name}\n")
    (place / "energy_uj").write_text(f"{microjoules}\n")
    (place / "max_energy_range_uj").write_text(f"{upto}\n")
    return place


def test_packages_are_added_up_and_a_counter_that_ran_over_is_mended(tmp_path):
    first = domain(tmp_path, 0, "package-0", 1_000_000)
    second = domain(tmp_path, 1, "package-1", 9_000_000, upto=10_000_000)
    domain(tmp_path, 2, "psys", 0)  # holds the packages: it would count them twice
    counter = find_rapl(tmp_path)
    (first / "energy_uj").write_text("4000000\n")
    (second / "energy_uj").write_text("1000000\n")
    assert counter.advance() == pytest.approx(3.0 + 2.0)
    assert counter.advance() == 0.0


def test_counters_that_may_not_be_read_are_none(tmp_path):
    assert find_rapl(tmp_path / "nowhere") is None
    place = domain(tmp_path, 0, "package-0", 1)
    (place / "energy_uj").unlink()
    assert find_rapl(tmp_path) is None


def test_cards_are_added_up_in_joules():
    told = iter([5_000, 7_000, 6_500, 7_250])
    nvml = SimpleNamespace(nvmlDeviceGetTotalEnergyConsumption=lambda handle: next(told))
    counter = NvmlCounter(nvml, ["a", "b"])
    assert counter.advance() == 0.0
    assert counter.advance() == pytest.approx(1.75)


def test_without_the_extra_no_card_is_counted(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert find_nvml() is None


def test_what_is_counted_belongs_to_the_work_under_way():
    meter = Meter(counters=[Told(7.0, 36.0, 5.0, 3.6, 0.0)])
    with meter.counting(EnergyWork.TRAINING):
        pass
    with meter.counting(EnergyWork.AUDIT):
        pass
    training, audit = meter.read()
    assert (training.work, audit.work) == (EnergyWork.TRAINING, EnergyWork.AUDIT)
    assert training.readings[0].kwh == pytest.approx(36.0 / 3.6e6)
    assert audit.readings[0].kwh == pytest.approx(3.6 / 3.6e6)
    assert [r.measured for r in training.readings] == [True, False]  # memory has no counter
    assert not training.measured


def test_without_a_counter_it_is_core_seconds_times_stated_watts():
    meter = Meter(counters=[], watts_per_core=100.0)
    with meter.counting(EnergyWork.TRAINING):
        until = time.process_time() + 0.05
        while time.process_time() < until:
            math.sqrt(2.0)
    (use,) = meter.read()
    processor = next(r for r in use.readings if r.device == "processor")
    assert use.cpu_seconds >= 0.05
    assert processor.kwh == pytest.approx(use.cpu_seconds * 100 / 3.6e6)
    assert not processor.measured
    assert "100 W (stated in the job)" in processor.method


def test_an_earlier_attempt_and_a_card_without_counter_are_said():
    meter = Meter(device="cuda", counters=[])
    with meter.counting(EnergyWork.TRAINING):
        pass
    meter.hear_of(SimpleNamespace(device="cuda:0", resumed_from_epoch=4))
    (use,) = meter.read()
    assert "epochs up to 4, of an earlier attempt, are not in it" in use.remark
    assert "graphics card" in use.remark


def test_a_reading_in_the_middle_of_the_work_counts_up_to_it():
    meter = Meter(counters=[Told(0.0, 1.0, 2.0, 0.0)])
    with meter.counting(EnergyWork.AUDIT):
        (so_far,) = meter.read()
    (whole,) = meter.read()
    assert so_far.readings[0].kwh == pytest.approx(1.0 / 3.6e6)
    assert whole.readings[0].kwh == pytest.approx(3.0 / 3.6e6)


def test_rapl_begins_with_its_first_reading(tmp_path):
    place = domain(tmp_path, 0, "package-0", 123)
    assert RaplCounter([place]).advance() == 0.0
