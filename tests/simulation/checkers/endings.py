"""Never lost: every occurrence of an accepted target ends in a named status, or lies where a person finds it."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from schedule_model.instants import to_text
from schedule_model.occurrence import Occurrence
from schedule_model.run import Run
from schedule_model.run_request import Trigger
from schedule_model.target import CatchUp
from tests.simulation.evidence import Evidence
from tests.simulation.hub import ms_of
from tests.simulation.period import Period
from tests.simulation.polling import EPOCH_MS

if TYPE_CHECKING:
    from tests.simulation.world import World

SLACK_MS = 900_000
"""What a fault struck is found again within a pass of reconcile, its patience of five minutes and ten for sweeps.

So an edit is planned within that time, and an occurrence due so shortly before the end of its period, or in a stop of
the region before it, may be late enough to fall to the edit that ended the period.
"""

ENDED_WITHIN_MS = 5_400_000
"""Once faults have stopped, a row is final an hour and a half after it was due, its retries included."""


def endings(world: "World", by_target: Mapping[str, list[Period]]) -> Iterator[str]:
    """Look for what the schedule names and the Runs table does not."""
    evidence = Evidence(world)
    for target_id, its_periods in by_target.items():
        for period in its_periods:
            yield from _period(world, target_id, period, evidence)
    end_ms = world.hub.now_ms
    for target_id, rows in world.runs.by_target.items():
        for row in rows.values():
            is_due_long_ago = ms_of(row.due_at) < end_ms - ENDED_WITHIN_MS
            is_known = evidence.of(target_id, row.run_id) or evidence.of_message(target_id)
            if is_due_long_ago and not row.status.is_final and not is_known:
                yield f"{target_id}/{row.run_id} is still {row.status}, attempt {row.attempt}"


def _period(world: "World", target_id: str, period: Period, evidence: Evidence) -> Iterator[str]:
    end_ms = world.hub.now_ms - 120_000 if period.ended_ms is None else period.ended_ms
    if period.ended_ms is not None and period.plan is not None:
        end_ms -= _notice_ms(world, period.ended_ms)
    if period.plan is None:
        is_overdue = end_ms - period.began_ms > _notice_ms(world, end_ms) and period.names_an_instant()
        if is_overdue and not period.is_found:
            yield f"{target_id} was never planned after {period.began_ms}"
        return
    expected = list(period.occurrences(world.hub.now_ms if period.ended_ms is None else period.ended_ms))
    rows = world.runs.by_target[target_id]
    last_known = max((place for place, one in enumerate(expected) if to_text(one.scheduled_at) in rows), default=-1)
    known = [rows[run_id] for one in expected if (run_id := to_text(one.scheduled_at)) in rows]
    for place, occurrence in enumerate(expected):
        run_id = to_text(occurrence.scheduled_at)
        if ms_of(occurrence.due_at) > end_ms:
            return
        if run_id in rows or period.is_held(occurrence) or _is_excused(world, period, occurrence, expected, evidence):
            continue
        is_passed = place < last_known and _is_passed_over(world, period, occurrence, expected[place + 1 :])
        if is_passed and _is_told(world, period, expected[: place + 1], evidence):
            continue
        if place > last_known >= 0 and _is_passed_over_at_the_end(world, period, occurrence, known[-1]):
            continue
        was_the_last = bool(known) and _was_the_last(known[-1], period)
        if place > last_known and (was_the_last or _was_lost_late(world, period, occurrence, end_ms)):
            return
        yield f"{target_id}/{run_id} left no trace ({len(expected) - place} to come)"
        return


def _is_excused(
    world: "World", period: Period, occurrence: Occurrence, expected: list[Occurrence], evidence: Evidence
) -> bool:
    return _is_known(world, period, occurrence, evidence) or _is_hidden(world, period, occurrence, expected)


def _was_lost_late(world: "World", period: Period, occurrence: Occurrence, end_ms: int) -> bool:
    """Return whether it was lost, be it once more, too late to be found again before its period ended."""
    lost_ms = world.journal.lost_ms.get((period.target.id, to_text(occurrence.scheduled_at)))
    return period.ended_ms is not None and lost_ms is not None and lost_ms > end_ms


def _is_hidden(world: "World", period: Period, occurrence: Occurrence, expected: list[Occurrence]) -> bool:
    """Return whether its message or timer was lost, and an executor had led the chain past it while it had no row.

    So does one whose runner chose an instant, or that passes a misfire over; it may be its own run, cut off before its
    row, if the loss came after that or none was on its way then. The chain goes on from there, so that reconcile sees
    no gap. Neither SQS nor DynamoDB loses anything.
    """
    target_id, at = period.target.id, occurrence.scheduled_at
    lost_ms = world.journal.lost_ms.get((target_id, to_text(at)))
    rows = world.runs.by_target[target_id].values()
    later = [row for row in rows if row.trigger is Trigger.SCHEDULE and row.scheduled_at > at]
    if not later or lost_ms is None:
        return False
    following = min(later, key=lambda row: row.scheduled_at)
    named_next = min((one.scheduled_at for one in expected if one.scheduled_at > at), default=None)
    led_ms, row_then = world.journal.led.get((target_id, following.run_id, following.revision), (0, to_text(at)))
    again = world.journal.again_ms.get((target_id, to_text(at)), [])
    was_there = lost_ms < led_ms and any(lost_ms < at_ms <= led_ms for at_ms in again)
    return row_then < to_text(at) and (following.scheduled_at != named_next or not was_there)


def _ran_on_another_grid(world: "World", period: Period, occurrence: Occurrence) -> bool:
    """Return whether reconcile's guess ran the target after this instant: the grid that comes back goes on from there.

    The planner came to the edit's record later, and found the grid that it restored.
    """
    for row in world.runs.by_target[period.target.id].values():
        guessed_at = row.revision.partition("~")[2]
        if not guessed_at or row.revision in period.revisions or row.trigger is not Trigger.SCHEDULE:
            continue
        found_ms = int(guessed_at) * 1000 - EPOCH_MS
        is_before = ms_of(occurrence.scheduled_at) <= found_ms - _notice_ms(world, found_ms)
        if row.scheduled_at > occurrence.scheduled_at and not is_before:
            return True
    return False


def _notice_ms(world: "World", end_ms: int) -> int:
    bound = int(world.settings.reconcile_period.total_seconds() * 1000) + SLACK_MS + world.sweep_gap_ms
    return bound + world.stop_length_before(end_ms, bound)


def _is_passed_over(world: "World", period: Period, occurrence: Occurrence, later: list[Occurrence]) -> bool:
    """Return whether catching up passed this occurrence over: it was a misfire when a later one's timer was set."""
    target_id, rows = period.target.id, world.runs.by_target[period.target.id]
    following = next(run_id for one in later if (run_id := to_text(one.scheduled_at)) in rows)
    was_on_its_way_ms = world.journal.on_their_way_ms.get((target_id, following, rows[following].revision), 0)
    return _was_a_misfire(world, period, occurrence, was_on_its_way_ms)


def _is_told(world: "World", period: Period, until: list[Occurrence], evidence: Evidence) -> bool:
    """Return whether the row of a MISSED one speaks for the last of these, or would if it lay with no dead letters."""
    rows, occurrence = world.runs.by_target[period.target.id], until[-1]
    ends = [
        row.passed_until for row in rows.values() if row.passed_until and row.scheduled_at < occurrence.scheduled_at
    ]
    if any(end > occurrence.scheduled_at for end in ends):
        return True
    for one in reversed(until[:-1]):
        row = rows.get(to_text(one.scheduled_at))
        if (row is None or not row.status.is_final) and _is_known(world, period, one, evidence):
            return True
        if row is not None:
            return False
    return False


def _is_passed_over_at_the_end(world: "World", period: Period, occurrence: Occurrence, last_row: Run) -> bool:
    """Return whether catching up passed it over for one beyond the end of its period, which never came to run."""
    run_id = to_text(occurrence.scheduled_at)
    later = {
        its_id: at_ms
        for (target_id, its_id, revision), at_ms in world.journal.on_their_way_ms.items()
        if target_id == last_row.target_id and revision == last_row.revision and its_id > run_id
    }
    return bool(later) and _was_a_misfire(world, period, occurrence, later[min(later)])


def _was_a_misfire(world: "World", period: Period, occurrence: Occurrence, at_ms: int) -> bool:
    if period.target.catch_up is CatchUp.ALL:
        return False
    return at_ms > ms_of(occurrence.due_at + period.target.misfire_grace) - 2 * world.skew_max_ms


def _was_the_last(row: Run, period: Period) -> bool:
    """Return whether `max_runs` was reached by a run; the plan may learn of it from reconcile, much later."""
    return period.target.max_runs is not None and row.attempt > 0 and row.number >= period.target.max_runs


def _is_known(world: "World", period: Period, occurrence: Occurrence, evidence: Evidence) -> bool:
    """Return whether an occurrence lies with the dead letters, or an edit whose record never came was made near it.

    Reconcile plans such an edit from when it finds it, and passes over what was due before that.
    """
    due_ms = ms_of(occurrence.due_at)
    notice_ms = _notice_ms(world, due_ms)
    target_id, run_id = period.target.id, to_text(occurrence.scheduled_at)
    # A letter of one whose schedule has ended is redriven under a name of its own.
    redriven = f"{run_id}#redrive-{hashlib.sha256(f'{target_id}/{run_id}'.encode()).hexdigest()[:16]}"
    is_put_aside = redriven in world.runs.by_target[target_id] or evidence.of(target_id, run_id)
    is_near_an_edit = evidence.of_edit(target_id, due_ms - notice_ms, due_ms + notice_ms)
    return is_put_aside or is_near_an_edit or _ran_on_another_grid(world, period, occurrence)
