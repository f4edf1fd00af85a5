"""What is deployed keeps to the schemas of those who read it, and KEDA's query to our tables."""

import re
from pathlib import Path

import jsonschema
import kubernetes_validate
import pytest
import yaml
from sqlalchemy import text

from testamur.contracts.job import JobSpec
from testamur.settings import Settings
from testamur.store.repository import JobRepository

from .schemas import COMPOSE, SCALED_JOB, TRIGGER_AUTHENTICATION

DEPLOY = Path(__file__).parents[3] / "deploy"
RELEASE = "1.31"
OURS = {"ScaledJob": SCALED_JOB, "TriggerAuthentication": TRIGGER_AUTHENTICATION}


def resources() -> list[dict]:
    paths = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
    return [tree for path in paths for tree in yaml.safe_load_all(path.read_text())]


def named(tree: dict) -> str:
    return f"{tree['kind']} {tree['metadata']['name']}"


@pytest.mark.parametrize("tree", resources(), ids=named)
def test_a_manifest_keeps_to_the_schema_of_its_kind(tree):
    if tree["kind"] in OURS:
        jsonschema.validate(tree, OURS[tree["kind"]])
        if tree["kind"] == "ScaledJob":
            job = {"template": tree["spec"]["jobTargetRef"]["template"]}
            whole = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "x"}, "spec": job}
            kubernetes_validate.validate(whole, RELEASE, strict=True)
        return
    kubernetes_validate.validate(tree, RELEASE, strict=True)


def test_a_wrong_manifest_would_be_seen():
    tree = next(tree for tree in resources() if tree["kind"] == "Deployment")
    tree["spec"]["replica"] = 2
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(tree, RELEASE, strict=True)


def test_everything_that_is_named_is_there():
    found = {(tree["kind"], tree["metadata"]["name"]) for tree in resources()}
    assert {("StatefulSet", "broker"), ("StatefulSet", "database"), ("Deployment", "reaper")} <= found
    text_of_all = "\n".join(path.read_text() for path in (DEPLOY / "kubernetes").glob("*.yaml"))
    for kind, pattern in (("PersistentVolumeClaim", r"claimName: (\S+)"), ("Service", r"serviceName: (\S+)")):
        assert set(re.findall(pattern, text_of_all)) <= {name for what, name in found if what == kind}
    assert not re.search(r"password: (?!\S*\$)\S+$", text_of_all, re.M)


def pods() -> list[dict]:
    def inner(tree: dict) -> dict:
        spec = tree["spec"]
        return spec.get("jobTargetRef", spec)["template"]["spec"]

    kinds = ("Deployment", "StatefulSet", "ScaledJob")
    return [inner(tree) for tree in resources() if tree["kind"] in kinds]


def test_our_own_processes_run_without_rights_and_within_bounds():
    ours = [pod for pod in pods() if pod["containers"][0]["image"] == "testamur"]
    assert len(ours) == 3
    for pod in ours:
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert "memory" in container["resources"]["limits"]


def test_the_compose_file_keeps_to_what_compose_reads():
    tree = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    jsonschema.validate(tree, COMPOSE)
    volumes = {
        volume.partition(":")[0] for one in tree["services"].values() for volume in one.get("volumes", ())
    }
    assert volumes == set(tree["volumes"])
    for service in tree["services"].values():
        assert set(service.get("depends_on", ())) <= set(tree["services"])
        assert "ports" not in service  # nothing is open to the outside


def test_every_setting_that_is_deployed_is_known():
    everything = "\n".join(path.read_text() for path in DEPLOY.rglob("*") if path.is_file())
    known = set(
        re.findall(r'"(TESTAMUR_[A-Z_]+)"', Path(Settings.from_environment.__code__.co_filename).read_text())
    )
    assert set(re.findall(r"TESTAMUR_[A-Z_]+", everything)) <= known


def test_kedas_query_counts_the_jobs_that_wait(any_store):
    (scaled,) = [tree for tree in resources() if tree["kind"] == "ScaledJob"]
    query = scaled["spec"]["triggers"][0]["metadata"]["query"]
    jobs = JobRepository(any_store)
    waiting = [jobs.add(JobSpec.parse({"dataset": {"use": "health.nhefs"}})) for _ in range(3)]
    jobs.claim(waiting[0].id, worker="w", host="h", pid=1, lease_s=30)
    jobs.request_cancel(waiting[1].id)
    with any_store.read() as session:
        assert session.scalar(text(query)) == 1
