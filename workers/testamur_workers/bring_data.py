"""Brings the object that a job names by URL, before its runner begins: the runner has no network.

A worker reads with its own credentials, which whoever hands in a job may not have. So it reads only
below the places that its operator lists in ``TESTAMUR_DATA_FROM``, and never among the artifacts.
"""

from __future__ import annotations

from testamur.contracts.errors import ConfigurationError, Problem, TestamurError
from testamur.contracts.job import Claim, Job
from testamur.contracts.objects import WHERE, is_below, is_object
from testamur.settings import Settings
from testamur.store.claims import ClaimRepository
from testamur_workers.bounds import scratch_folder
from testamur_workers.glance import Ended, Glance
from testamur_workers.request import Ending
from testamur_workers.watch import Departure, Wish


def bring_data(job: Job, claim: Claim, settings: Settings, jobs: ClaimRepository) -> str | Departure:
    """The copy of the job's object in the working folder of the attempt, which goes with it.

    Returns:
        Its path, empty where the job names none; or how the attempt ended before it began.
    """
    url = job.spec.dataset.path or ""
    if not is_object(url):
        return ""
    try:
        _refuse_what_is_not_granted(url, settings)
        from testamur.data.objects import bring_object

        folder = scratch_folder(settings, claim) / "data"
        return str(bring_object(url, folder, check_stop=Glance(jobs, claim)))
    except Ended as ended:
        return Departure(ended.wish, None, 0)
    except TestamurError as error:
        ending = Ending(kind=error.kind, message=str(error), exit_code=error.exit_code)
        return Departure(Wish.NONE, ending, 0)


def _refuse_what_is_not_granted(url: str, settings: Settings) -> None:
    message = "a place that the operator lets workers read is required, however: it is none"
    remedy = "TESTAMUR_DATA_FROM=s3://bucket/folder on the workers; or testamur run, with your own rights"
    if not is_below(url, settings.data_from) or is_below(url, [settings.artifacts]):
        raise ConfigurationError("The data cannot be read", [Problem(WHERE, message, remedy)])
