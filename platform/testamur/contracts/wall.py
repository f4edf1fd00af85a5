"""A bound around the code of plugins while a job runs, and whether it held on that machine."""

from __future__ import annotations

from typing import Annotated

from pydantic import StringConstraints

from testamur.contracts.record import Record

WallName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z ]{1,39}$")]


class Wall(Record):
    """One bound."""

    name: WallName  # such as network or files
    enforced: bool
    detail: str = ""  # what it holds back; or why it is not enforced
