"""GPUs are found through NVML, here one that is made up: what it says of real ones was not tried."""

from types import SimpleNamespace

import pytest

from testamur.contracts.device import Device
from testamur.contracts.errors import ConfigurationError
from testamur.contracts.job import JobSpec
from testamur.store.repository import JobRepository
from testamur_workers.devices import NvmlDevices, find_source, parse_memory, visible_devices
from testamur_workers.slots import Slot, find_slots
from testamur_workers.supervisor import Supervisor

GIB = 2**30


class MadeUpNvml:
    """Answers as pynvml does: two whole GPUs, and one that is divided into two of three places."""

    NVML_DEVICE_MIG_ENABLE = 1

    class NVMLError(Exception):
        pass

    def __init__(self, *, driver: bool = True) -> None:
        self.driver = driver
        self.open = 0
        self.free = {"GPU-a": 80 * GIB, "GPU-b": 3 * GIB, "MIG-c1": 20 * GIB, "MIG-c3": 20 * GIB}

    def nvmlInit(self):
        if not self.driver:
            raise self.NVMLError("Driver Not Loaded")
        self.open += 1

    def nvmlShutdown(self):
        self.open -= 1

    def nvmlDeviceGetCount(self):
        return 3

    def nvmlDeviceGetHandleByIndex(self, index):
        return ("GPU-a", "GPU-b", "GPU-c")[index]

    def nvmlDeviceGetMigMode(self, handle):
        if handle == "GPU-b":
            raise self.NVMLError("Not Supported")
        return (1, 1) if handle == "GPU-c" else (0, 0)

    def nvmlDeviceGetMaxMigDeviceCount(self, handle):
        return 3

    def nvmlDeviceGetMigDeviceHandleByIndex(self, handle, place):
        if place == 1:
            raise self.NVMLError("Not Found")
        return f"MIG-c{place + 1}"

    def nvmlDeviceGetMemoryInfo(self, handle):
        return SimpleNamespace(total=(20 if "MIG" in handle else 80) * GIB, free=self.free[handle])

    def nvmlDeviceGetUUID(self, handle):
        return handle.encode()  # older versions answer in bytes

    def nvmlDeviceGetName(self, handle):
        return "NVIDIA Made Up"


@pytest.fixture
def nvml():
    made = MadeUpNvml()
    yield made
    assert made.open == 0


def test_nvml_tells_gpus_parts_and_free_memory(nvml):
    found = NvmlDevices(nvml).devices()
    assert [(one.id, one.total_mib, one.free_mib) for one in found] == [
        ("GPU-a", 81920, 81920), ("GPU-b", 81920, 3072), ("MIG-c1", 20480, 20480), ("MIG-c3", 20480, 20480),
    ]  # fmt: skip
    assert NvmlDevices(MadeUpNvml(driver=False)).devices() == []


def test_only_visible_devices_are_offered(nvml):
    found = visible_devices(NvmlDevices(nvml), {"CUDA_VISIBLE_DEVICES": "MIG-c3,0"})
    assert [one.id for one in found] == ["MIG-c3", "GPU-a"]


def test_there_is_one_worker_per_gpu_and_each_may_lease_all(nvml):
    source = NvmlDevices(nvml)
    slots = find_slots("auto", n_workers=None, environ={}, source=source)
    assert [slot.name for slot in slots] == ["gpu0", "gpu1", "gpu2", "gpu3"]
    assert {slot.visible for slot in slots} == {"GPU-a,GPU-b,MIG-c1,MIG-c3"}
    with pytest.raises(ConfigurationError, match="at most one worker per GPU"):
        find_slots("auto", n_workers=5, environ={}, source=source)
    with pytest.raises(ConfigurationError, match="above 0"):
        find_slots("auto", n_workers=0, environ={}, source=source)


def test_without_gpu_the_cpu_is_served_and_asking_for_one_is_refused():
    none = NvmlDevices(MadeUpNvml(driver=False))
    slots = find_slots("auto", n_workers=2, environ={}, source=none)
    assert slots == [Slot("cpu0", "cpu", ""), Slot("cpu1", "cpu", "")]
    with pytest.raises(ConfigurationError, match="a GPU is required"):
        find_slots("cuda", n_workers=None, environ={}, source=none)


def test_the_table_of_nvidia_smi_is_read():
    table = "GPU-a, NVIDIA H200, 143771, 143000\nGPU-b, NVIDIA H200, [N/A], [N/A]\n\n"
    assert parse_memory(table) == {
        "GPU-a": Device(id="GPU-a", name="NVIDIA H200", total_mib=143771, free_mib=143000)
    }


def test_a_machine_without_driver_has_no_devices(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert find_source().devices() == []


def test_a_supervisor_leaves_a_job_whose_memory_is_not_free(nvml, sqlite_store, settings, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-b")  # another program has most of it
    jobs = JobRepository(sqlite_store)
    job = jobs.add(JobSpec.parse({"dataset": {"use": "health.nhefs"}}))
    supervisor = Supervisor(
        settings, worker="gpu0@h", queue=None, events=None, standby=None, stop_mark=settings.home / "stop",
        source=NvmlDevices(nvml),
    )  # fmt: skip
    assert supervisor._take(jobs) is None
    assert jobs.claim_refusal(job.id).startswith("the job waits for devices of ")
    nvml.free["GPU-b"] = 79 * GIB
    assert supervisor._take(jobs).claim.devices == ("GPU-b",)
