"""The shape of health answers: `application/health+json` (draft-inadarei-api-health-check-06)."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

MEDIA_TYPE = "application/health+json"


class Status(StrEnum):
    """How a part is; from good to bad."""

    PASS = "pass"  # noqa: S105 - the word of the standard
    WARN = "warn"
    FAIL = "fail"


SEVERITY = {Status.PASS: 0, Status.WARN: 1, Status.FAIL: 2}


class Check(msgspec.Struct, rename="camel", omit_defaults=True):
    """One part of the platform, with what was seen of it."""

    status: Status
    output: Annotated[str, Meta(description="What is wrong, or that nothing is.")]
    time: Annotated[datetime, Meta(tz=True)]
    component_type: str = "component"
    observed_value: float | UnsetType = UNSET
    observed_unit: str | UnsetType = UNSET


class Health(msgspec.Struct, rename="camel", omit_defaults=True):
    """The whole platform: the worst of its parts."""

    status: Status
    version: str
    service_id: str
    description: str
    checks: dict[str, list[Check]] | UnsetType = UNSET


def worst(checks: list[Check]) -> Status:
    """The worst status among the checks."""
    return max((check.status for check in checks), key=SEVERITY.__getitem__, default=Status.PASS)
