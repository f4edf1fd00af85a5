"""``testamur report fetch``."""

from __future__ import annotations

import click

from testamur.contracts.errors import ConfigurationError, NotFound, Problem
from testamur.interfaces.desk import Desk
from testamur.interfaces.invocation import current, json_option


@click.command()
@click.argument("job_id", metavar="ID")
@json_option
def fetch(job_id: str, as_json: bool) -> None:
    """Bring the dossier of a job that another machine ran, from the artifacts, held against its manifest."""
    from testamur.interfaces.terminal.consoles import print_json
    from testamur.store.artifacts import Artifacts

    settings = current().settings()
    if not settings.artifacts:
        problem = Problem("TESTAMUR_ARTIFACTS", "a folder or a URL is required, however: it is not set")
        raise ConfigurationError("There is nothing to fetch from", [problem])
    with Desk(settings) as desk:
        job = desk.jobs.get(job_id)
    if not job.dossier:
        raise NotFound(f"a dossier is required, however: job {job.id} is {job.state.value} and has none")
    folder = settings.dossier_folder(job.id)
    brought = not folder.exists()
    if brought:
        Artifacts(settings.artifacts).get_dossier(job.id, job.n_attempts, folder)
    if as_json:
        print_json({"id": job.id, "dossier": str(folder), "fetched": brought})
    else:
        click.echo(f"{folder}{'' if brought else ' (it was here already)'}")
