"""A stack's settings, from the environment that template.yaml sets."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from schedule_model.errors import SchedulerError
from schedule_model.settings import LoopSettings

RECORDING_MARGIN = timedelta(seconds=5)
"""What an executor needs, beside its runs, to claim them and to record them."""

# CloudFormation user guide, "Parameters", Number: an integer or a float. It is handed on as it was written.
_NUMBER = re.compile(r"\d{1,10}(\.\d{1,9})?([eE]\+?\d)?", re.ASCII)
_MOST = 1_000_000_000


class InvalidSettingError(SchedulerError):
    """An environment variable is missing or wrong; the message names it."""


@dataclass(frozen=True, slots=True)
class Names:
    """Where the stack's tables and queues are."""

    targets: str
    timers: str
    runs: str
    queue_url: str
    dead_letter_queue_url: str


def names(environment: Mapping[str, str]) -> Names:
    """Return the stack's names; those that this function was not given are empty.

    A function is given only what its permissions cover, so an absent name is one that it never uses.
    """
    return Names(
        targets=environment.get("TARGETS_TABLE", ""),
        timers=environment.get("TIMERS_TABLE", ""),
        runs=environment.get("RUNS_TABLE", ""),
        queue_url=environment.get("RUN_QUEUE_URL", ""),
        dead_letter_queue_url=environment.get("RUN_DEAD_LETTER_QUEUE_URL", ""),
    )


def loop_settings(environment: Mapping[str, str]) -> LoopSettings:
    """Return how the loop is tuned; what the environment leaves out has its default.

    A fraction counts as the next whole number: CloudFormation lets it pass, and a refusal here would end each function.

    Raises:
        InvalidSettingError: not a number, or out of bounds.
    """
    known = LoopSettings()
    run_timeout = _run_timeout(environment, known.run_timeout)
    lease = _seconds(environment, "LEASE_SECONDS", known.lease, least=2)
    if lease <= run_timeout + RECORDING_MARGIN:
        raise InvalidSettingError("LEASE_SECONDS must be more than RUN_TIMEOUT_SECONDS, or a slow run runs twice")
    return LoopSettings(
        lead=_seconds(environment, "LEAD_SECONDS", known.lead, least=0),
        horizon=_seconds(environment, "HORIZON_SECONDS", known.horizon, least=120),
        shards=_number(environment, "SHARDS", known.shards, least=1),
        lease=lease,
        run_timeout=run_timeout,
        reconcile_period=_seconds(environment, "RECONCILE_PERIOD_SECONDS", known.reconcile_period, least=0),
        reconcile_limit=_number(environment, "RECONCILE_LIMIT", known.reconcile_limit, least=1),
    )


def _run_timeout(environment: Mapping[str, str], default: timedelta) -> timedelta:
    """Return what the executor's own limit, RUN_TIMEOUT_SECONDS, leaves to a run when it has to record it too."""
    limit = _seconds(environment, "RUN_TIMEOUT_SECONDS", default + RECORDING_MARGIN, least=10)
    return limit - RECORDING_MARGIN


def _seconds(environment: Mapping[str, str], name: str, default: timedelta, *, least: int) -> timedelta:
    return timedelta(seconds=_number(environment, name, int(default.total_seconds()), least=least))


def _number(environment: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    text = environment.get(name, str(default))
    number = math.ceil(float(text)) if _NUMBER.fullmatch(text) else -1
    if not least <= number <= _MOST:
        raise InvalidSettingError(f"{name} is {text!r}; it must be a number of at least {least} and at most {_MOST}")
    return number
