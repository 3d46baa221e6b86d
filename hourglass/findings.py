"""What an examination of a stack finds: pure judgements of what AWS answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from schedule_model.instants import to_text
from schedule_model.reconcile_pass import ReconcilePass
from schedule_model.settings import LoopSettings

SWEEP_LATE = timedelta(minutes=4)
"""The watermark trails by up to two minutes on a healthy stack: a sweep finishes the minutes before its own."""
QUEUE_BACKLOG = 1_000
QUEUE_AGE = timedelta(minutes=5)
CLOCK_SKEW = timedelta(seconds=2)
_FILTERS = {"near timers": ("INSERT", "near"), "expired timers": ("REMOVE", "dynamodb.amazonaws.com")}


class Level(StrEnum):
    """How grave a finding is."""

    OK = "ok"
    WARNING = "warning"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: what.
        level: bad when runs are late, lost or given up because of it.
        fact: what was seen.
        advice: what to do; empty when nothing has to be done.
    """

    name: str
    level: Level
    fact: str
    advice: str = ""


def stream(name: str, table: Mapping[str, Any]) -> Finding:
    """Judge a table's stream, from DescribeTable."""
    specification = table.get("StreamSpecification") or {}
    view = specification.get("StreamViewType", "") if specification.get("StreamEnabled") else "off"
    if view == "NEW_AND_OLD_IMAGES":
        return Finding(name, Level.OK, view)
    return Finding(name, Level.BAD, f"stream is {view}", "deploy the template again; it needs NEW_AND_OLD_IMAGES")


def ttl(name: str, description: Mapping[str, Any], attribute: str) -> Finding:
    """Judge a table's TTL, from DescribeTimeToLive."""
    status, found = description.get("TimeToLiveStatus", "DISABLED"), description.get("AttributeName", "")
    if status in ("ENABLED", "ENABLING") and found == attribute:
        return Finding(name, Level.OK, f"on {attribute}")
    fact = f"{status.lower()}{f' on {found}' if found else ''}"
    return Finding(name, Level.BAD, fact, f"switch TTL on for {attribute}: deploy the template again")


def source(name: str, mappings: Sequence[Mapping[str, Any]], *, is_filtered: bool) -> Finding:
    """Judge a function's event source, from ListEventSourceMappings."""
    if not mappings:
        return Finding(name, Level.BAD, "there is none", "deploy the template again")
    (found, *_) = mappings
    state, result = str(found.get("State", "")), str(found.get("LastProcessingResult", ""))
    if state not in ("Enabled", "Enabling", "Updating", "Creating"):
        return Finding(name, Level.BAD, state or "no state", "enable the event source mapping")
    if "PROBLEM" in result.upper() or "error" in result.lower():
        return Finding(name, Level.BAD, result, "look into the function's log")
    if is_filtered and (missing := _missing_filters(found)):
        return Finding(name, Level.BAD, f"filters lack {missing}", "deploy the template again")
    return Finding(name, Level.OK, state.lower() + (", filtered" if is_filtered else ""))


def _missing_filters(mapping: Mapping[str, Any]) -> str:
    criteria = mapping.get("FilterCriteria") or {}
    patterns = [str(one.get("Pattern", "")) for one in criteria.get("Filters", ())]
    lacking = [
        name for name, words in _FILTERS.items() if not any(all(word in one for word in words) for one in patterns)
    ]
    return " and ".join(lacking)


def backlog(visible: int, oldest: timedelta | None) -> Finding:
    """Judge the run queue, from its attributes and CloudWatch's age of the oldest message."""
    age = "" if oldest is None else f", the oldest {int(oldest.total_seconds())} s"
    fact = f"{visible} runs due and waiting{age}"
    if visible >= QUEUE_BACKLOG or (oldest is not None and visible and oldest >= QUEUE_AGE):
        return Finding("run queue", Level.WARNING, fact, "raise ExecutorConcurrency, or look into the executor's log")
    return Finding("run queue", Level.OK, fact)


def given_up(name: str, count: int) -> Finding:
    """Judge a place where nothing should be."""
    if count == 0:
        return Finding(name, Level.OK, "empty")
    advice = "read why: `hourglass redrive --dry-run`; mend the cause, then `hourglass redrive`"
    return Finding(name, Level.WARNING, f"{count} waiting", advice)


def sweeping(swept_until: datetime | None, *, now: datetime) -> Finding:
    """Judge the sweeper by its watermark."""
    name = "sweeper"
    if swept_until is None:
        advice = "normal within two minutes of the first deployment; after that look into the sweeper's log"
        return Finding(name, Level.WARNING, "has not finished a minute yet", advice)
    fact = f"has swept until {to_text(swept_until)}, {int((now - swept_until).total_seconds())} s ago"
    if now - swept_until > SWEEP_LATE:
        return Finding(name, Level.BAD, fact, "look into the sweeper's log, and at its rate(1 minute) rule")
    return Finding(name, Level.OK, fact)


def reconciling(last: ReconcilePass | None, *, now: datetime, settings: LoopSettings) -> Finding:
    """Judge the reconcile pass: one that is through begins again after its period."""
    name = "reconcile"
    if last is None:
        return Finding(name, Level.WARNING, "no pass has begun", "normal within two minutes of the first deployment")
    age = now - last.started_at
    where = "is through" if last.after is None else f"has come to {last.after!r}"
    fact = f"pass begun {int(age.total_seconds())} s ago {where}"
    if last.after is None and age > settings.reconcile_period + SWEEP_LATE:
        return Finding(name, Level.BAD, fact, "look into the sweeper's log")
    return Finding(name, Level.OK, fact)


def clock_skew(ours: datetime, theirs: datetime | None) -> Finding:
    """Judge this machine's clock by the Date of an answer of AWS, which is whole seconds."""
    name = "clock"
    if theirs is None:
        return Finding(name, Level.UNKNOWN, "the answer had no Date")
    skew = ours - theirs
    # The Date was cut to the second and the answer took its way, so up to a second and a half is no skew.
    if timedelta(seconds=-1) <= skew <= CLOCK_SKEW:
        return Finding(name, Level.OK, "within 2 s of AWS")
    fact = f"this machine is {abs(skew.total_seconds()):.0f} s {'ahead of' if skew > timedelta(0) else 'behind'} AWS"
    return Finding(name, Level.WARNING, fact, "set this machine's clock; what it previews is off by as much")
