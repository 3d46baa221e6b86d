"""The lines that keep each promise of DESIGN section 3, and what each becomes when it is taken away."""

from dataclasses import dataclass

EARLY, LOST, ONE, CHAIN, DRIFT, BOUNDED = (
    "never early",
    "never lost",
    "one at a time",
    "one chain",
    "no drift",
    "bounded failure",
)
POLICY = "policies"
MODEL, STEPS, AWS = "schedule_model", "functions", "functions/aws"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change that breaks a promise: `old` stands once in the file at `path`."""

    promise: str
    name: str
    path: str
    old: str
    new: str


MUTANTS = [
    # never early
    Mutant(EARLY, "a delay is rounded down", f"{MODEL}/dispatching.py", "math.ceil(", "math.floor("),
    Mutant(EARLY, "an early message is run at once", f"{MODEL}/admission.py", "if request.due_at > now:", "if False:"),
    Mutant(
        EARLY,
        "a retry does not wait",
        f"{MODEL}/leasing.py",
        "if until is not None and until > now:",
        "if until is not None and until > now and held.status is not RunStatus.RETRYING:",
    ),
    Mutant(
        EARLY,
        "the flexible window's share is left out of the timer",
        f"{MODEL}/timer.py",
        "        due_at=occurrence.due_at,\n        revision",
        "        due_at=occurrence.scheduled_at,\n        revision",
    ),
    Mutant(
        EARLY,
        "a far run gets the delay of the whole way",
        f"{MODEL}/dispatching.py",
        "min(request.due_at, now + QUEUE_DELAY_MAX)",
        "request.due_at",
    ),
    # never lost
    Mutant(
        LOST,
        "the sweeper removes before it enqueues what failed",
        f"{STEPS}/sweeper/app.py",
        "zip(timers, answers, strict=True) if failure is None]",
        "zip(timers, answers, strict=True)]",
    ),
    Mutant(
        LOST,
        "the watermark moves over a failed minute",
        f"{STEPS}/sweeper/app.py",
        'sweep.swept_until is not None and report["failed"] == 0',
        "sweep.swept_until is not None",
    ),
    Mutant(
        LOST,
        "the sweep begins at the present minute",
        f"{MODEL}/sweeping.py",
        "minute = min(swept_until or this_minute - MINUTE, this_minute)",
        "minute = this_minute",
    ),
    Mutant(
        LOST,
        "the sweep does not look ahead",
        f"{MODEL}/sweeping.py",
        "while minute <= now + settings.horizon:",
        "while minute < this_minute:",
    ),
    Mutant(
        LOST,
        "an expired timer is not dispatched",
        f"{MODEL}/dispatching.py",
        "case TimerChange.EXPIRED if not timer.near:",
        "case TimerChange.EXPIRED if False:",
    ),
    Mutant(
        LOST,
        "a near timer is not dispatched",
        f"{MODEL}/dispatching.py",
        "case TimerChange.WRITTEN if timer.near:",
        "case TimerChange.WRITTEN if False:",
    ),
    Mutant(
        LOST,
        "a failed send is forgotten by the dispatcher",
        f"{STEPS}/dispatcher/app.py",
        "            batch.fail(record_id)\n",
        "",
    ),
    Mutant(
        LOST,
        "a next timer that failed is forgotten",
        f"{STEPS}/executor/claiming.py",
        "        if failure := failures.get(place):\n            inbox.fail(attempt.received.message, failure)",
        "        if failures.get(place):\n            pass",
    ),
    Mutant(
        LOST,
        "no timer is set after a claim",
        f"{STEPS}/executor/claiming.py",
        "    return _with_next_timers(won, inbox, ports)",
        "    return won",
    ),
    Mutant(
        LOST,
        "a missed occurrence sets no next timer",
        f"{STEPS}/executor/claiming.py",
        "ready = set_next_timers([one for one in attempts if not one.is_begun], inbox, ports)",
        "ready = [one for one in attempts if not one.is_begun]",
    ),
    Mutant(
        LOST,
        "a run that was released and is missed in the end sets no next timer",
        f"{STEPS}/executor/claiming.py",
        "isinstance(decision, GiveUp) or (held.is_waiting and attempt.run.status.is_final)",
        "isinstance(decision, GiveUp)",
    ),
    Mutant(
        LOST,
        "a run that cannot be sent on is taken for done",
        f"{STEPS}/executor/inbox.py",
        "                self.fail(received.message, failure)\n                continue",
        "                continue",
    ),
    Mutant(
        LOST,
        "a letter that cannot be buried is taken for buried",
        f"{STEPS}/executor/inbox.py",
        "            self.fail(dead, failure)\n            return False",
        "            return True",
    ),
    Mutant(
        LOST,
        "a run whose target has no plan yet is dropped",
        f"{MODEL}/admission.py",
        "        return _wait_for_plan(request, now)\n    if reason",
        '        return Drop("no plan")\n    if reason',
    ),
    Mutant(
        LOST,
        "a run is turned away on a stale read",
        f"{STEPS}/executor/admitting.py",
        "    current = ports.targets.read([request.target_id], consistent=True)\n    return admit("
        "request, current.get(request.target_id), now=ports.clock.now())",
        "    return decision",
    ),
    Mutant(
        LOST,
        "the first timer is not set",
        f"{STEPS}/planning.py",
        "if failure := ports.timers.put([timer])[0]:",
        "if failure := None:",
    ),
    Mutant(
        LOST,
        "a failed record is not reported",
        f"{STEPS}/batch.py",
        "            self._telemetry.count(Count.BAD_RECORDS)\n            self.fail(record_id)",
        "            self._telemetry.count(Count.BAD_RECORDS)",
    ),
    Mutant(
        LOST,
        "reconcile does not ask for a late run",
        f"{MODEL}/reconciling.py",
        "if expected.due_at + PATIENCE < now:",
        "if False:",
    ),
    Mutant(
        LOST,
        "reconcile does not see a missing plan",
        f"{MODEL}/reconciling.py",
        "if plan is None or not _is_of(plan, item):",
        "if plan is None:",
    ),
    # one at a time
    Mutant(
        ONE,
        "a claim takes no notice of a row",
        f"{AWS}/runs.py",
        'ConditionExpression="attribute_not_exists(target_id)"',
        'ConditionExpression="attribute_not_exists(nothing)"',
    ),
    Mutant(
        ONE,
        "a claim among others takes no notice of a row",
        f"{AWS}/runs.py",
        "            case Outcome.TAKEN:\n                return self._there_instead(run)",
        "            case Outcome.TAKEN:\n                return Claimed()",
    ),
    Mutant(
        ONE,
        "a result among others is recorded without the lease",
        f"{AWS}/runs.py",
        'for name in ("status", "attempt", "lease_expires_at")}',
        'for name in ("status",)}',
    ),
    Mutant(
        ONE,
        "a live lease is taken over",
        f"{MODEL}/leasing.py",
        "if until is not None and until > now:",
        "if until is not None and until > now and held.status is RunStatus.RETRYING:",
    ),
    Mutant(
        ONE,
        "a final row is run again",
        f"{MODEL}/leasing.py",
        "        return Duplicate()\n",
        "        return TakeOver()\n",
    ),
    Mutant(
        ONE,
        "a result is recorded without the lease",
        f"{AWS}/runs.py",
        'f"{has_same_status} AND {has_same_attempt} AND {has_same_lease}"',
        'f"{has_same_status}"',
    ),
    Mutant(
        ONE,
        "a lease is over at once",
        f"{MODEL}/run.py",
        "            lease_expires_at=now + lease,\n",
        "            lease_expires_at=now,\n",
    ),
    Mutant(
        ONE,
        "the idempotency key changes with the attempt",
        f"{MODEL}/run_request.py",
        'return f"{self.target_id}/{self.run_id}"',
        'return f"{self.target_id}/{self.run_id}/{self.attempt}"',
    ),
    Mutant(
        ONE,
        "a removal by hand dispatches",
        f"{AWS}/events.py",
        "change = TimerChange.EXPIRED if _is_by_ttl(record) else TimerChange.REMOVED",
        "change = TimerChange.EXPIRED",
    ),
    # one chain
    Mutant(
        CHAIN,
        "an older revision runs",
        f"{MODEL}/admission.py",
        "if plan.revision != request.revision:",
        "if False:",
    ),
    Mutant(
        CHAIN,
        "a schedule edited a moment ago runs",
        f"{MODEL}/admission.py",
        "if plan.fingerprint != fingerprint_of(item):",
        "if False:",
    ),
    Mutant(
        CHAIN,
        "an edit of the schedule keeps its revision",
        f"{MODEL}/planning.py",
        "return fingerprint_of(old) != fingerprint_of(new) or",
        "return",
    ),
    Mutant(
        CHAIN,
        "a plan wiped by a whole-item write is made anew",
        f"{MODEL}/planning.py",
        "    if after is None:\n        return RestorePlan(before)",
        "    if after is None:\n        return _replan(change, target)",
    ),
    Mutant(
        CHAIN,
        "a stale plan that was copied back is trusted",
        f"{MODEL}/planning.py",
        'return Nothing("what changed is read at run time") if after == before else _replan(change, target)',
        'return Nothing("what changed is read at run time")',
    ),
    Mutant(
        CHAIN,
        "an older plan overwrites a newer one",
        f"{AWS}/targets.py",
        'is_older = "#plan.revision < :revision"\n        is_as_seen',
        'is_older = "#plan.revision < :revision OR #plan.revision > :revision"\n        is_as_seen',
    ),
    Mutant(
        CHAIN,
        "an older timer overwrites a newer one",
        f"{AWS}/timers.py",
        'is_of_older_revision = "revision < :revision"',
        'is_of_older_revision = "revision <> :revision"',
    ),
    Mutant(
        CHAIN,
        "a timer among others gives way to no newer one",
        f"{AWS}/timers.py",
        "        return self._put(timer)\n\n    def _put",
        "        return None\n\n    def _put",
    ),
    Mutant(
        CHAIN,
        "a paused schedule runs",
        f"{MODEL}/planning.py",
        "    if not target.active:\n",
        "    if False:\n",
    ),
    Mutant(
        CHAIN,
        "an occurrence that a runner put aside runs",
        f"{MODEL}/admission.py",
        "if plan.is_held(request.scheduled_at):",
        "if False:",
    ),
    # no drift
    Mutant(
        DRIFT,
        "the next run counts from the start of this one",
        f"{MODEL}/admission.py",
        "        following = next_occurrence(target, after=request.scheduled_at, anchor=anchor)\n    except",
        "        following = next_occurrence(target, after=now, anchor=now)\n    except",
    ),
    Mutant(
        DRIFT,
        "a pause moves the grid",
        f"{MODEL}/planning.py",
        "anchor = target.starts_at or _kept_anchor(change) or change.edited_at",
        "anchor = target.starts_at or change.edited_at",
    ),
    Mutant(
        DRIFT,
        "a record delivered again plans from another instant",
        f"{AWS}/events.py",
        "return datetime.fromtimestamp(int(seconds), UTC)",
        "return now.replace(microsecond=0)",
    ),
    # bounded failure
    Mutant(
        BOUNDED,
        "attempts have no limit",
        f"{MODEL}/retrying.py",
        "if run.attempt >= retry.max_attempts:",
        "if False:",
    ),
    Mutant(
        BOUNDED,
        "retries have no age",
        f"{MODEL}/retrying.py",
        "return instant if instant <= run.due_at + timedelta(seconds=retry.max_age_seconds) else None",
        "return instant",
    ),
    Mutant(
        BOUNDED,
        "the backoff does not double",
        f"{MODEL}/retrying.py",
        "retry.backoff_seconds * 2 ** min(run.attempt - 1, 30)",
        "retry.backoff_seconds",
    ),
    Mutant(
        BOUNDED,
        "a run cut off too often is tried for ever",
        f"{MODEL}/leasing.py",
        "if held.attempt >= retry.max_attempts:",
        "if False:",
    ),
    Mutant(
        BOUNDED,
        "a failure that is not retryable is retried",
        f"{STEPS}/executor/ending.py",
        "random=ports.random) if broke.is_retryable else None",
        "random=ports.random)",
    ),
    Mutant(
        BOUNDED,
        "a failed run leaves no dead letter",
        f"{STEPS}/executor/ending.py",
        "if not inbox.bury(attempt.received.message, error, attempt.target.dead_letter_queue):",
        "if False:",
    ),
    Mutant(
        BOUNDED,
        "a message that cannot be read comes for ever",
        f"{STEPS}/executor/inbox.py",
        "            self.bury(found, str(error))",
        "            self.batch.fail(found.message_id)",
    ),
    Mutant(
        BOUNDED,
        "a record that can never be read is tried again for hours",
        f"{STEPS}/unreadable.py",
        "    if failure is not None:\n",
        "    batch.fail(record_id)\n    if failure is not None:\n",
    ),
    Mutant(
        LOST,
        "a record that could not be buried is taken for buried",
        f"{STEPS}/unreadable.py",
        "        batch.fail(record_id)\n        return\n",
        "        return\n",
    ),
    Mutant(
        BOUNDED,
        "a bad target holds up its batch",
        f"{MODEL}/planning.py",
        "        return _refuse(change, change.new, str(target))\n    if _ends_unseen_pause",
        "        raise target\n    if _ends_unseen_pause",
    ),
    # policies
    Mutant(
        POLICY,
        "overlapping runs are not skipped",
        f"{MODEL}/overlapping.py",
        "if policy is Overlap.ALLOW or not is_open:",
        "if True:",
    ),
    Mutant(
        POLICY,
        "a misfire runs all the same",
        f"{MODEL}/admission.py",
        "return now > request.due_at + target.misfire_grace",
        "return False",
    ),
    Mutant(
        POLICY,
        "max_runs is not reached",
        f"{STEPS}/executor/attempt.py",
        "is_over = limit is not None and self.received.request.number >= limit",
        "is_over = False",
    ),
    Mutant(
        POLICY,
        "a run outlives its timeout",
        f"{STEPS}/executor/carrying_out.py",
        "ending = _overdue(attempt, ports) if isinstance(answer, TimedOut) else answer",
        "ending = Succeeded(None) if isinstance(answer, TimedOut) else answer",
    ),
]
