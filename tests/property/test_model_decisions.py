"""What holds for every target, run and request, not only for those that we can name."""

import json
import string
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from functions.aws.items import decode, decode_item, encode, encode_item
from functions.aws.rows import run_of, run_row, timer_of, timer_row
from functions.aws.typed_rows import timer_of_typed, typed_run, typed_timer
from schedule_model.admission import Drop, Proceed, Reject, admit
from schedule_model.dispatching import QueueRun, delay_seconds, queue_run
from schedule_model.errors import InvalidRequestError, InvalidTargetError
from schedule_model.instants import from_text, to_text
from schedule_model.leasing import GiveUp, Later, TakeOver, claim_held
from schedule_model.occurrence import Occurrence, flexible_share, latest_occurrence, next_occurrence
from schedule_model.plan import fingerprint_of, plan_of
from schedule_model.plan_decision import RestorePlan, SavePlan
from schedule_model.planning import plan
from schedule_model.reading_targets import REASON_LENGTH_MAX, parse_target
from schedule_model.retrying import retry_at
from schedule_model.run import MOVES, Run, RunStatus
from schedule_model.run_request import DispatchedBy, RunRequest, Trigger, parse_request
from schedule_model.settings import QUEUE_DELAY_MAX, LoopSettings
from schedule_model.sweeping import sweeps
from schedule_model.target import Retry, Target
from schedule_model.target_change import TargetChange
from schedule_model.timer import set_timer

instants = st.datetimes(datetime(1971, 1, 1), datetime(2150, 1, 1), timezones=st.just(UTC))
spans = st.timedeltas(timedelta(0), timedelta(days=2))
whole_instants = instants.map(lambda instant: instant.replace(microsecond=0))
jsons = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
ids = st.text(string.ascii_letters + string.digits + "._:@/=+-", min_size=1, max_size=40).filter(
    lambda s: s[0].isalnum()
)
periods = st.builds(
    lambda number, unit: f"rate({number} {unit})", st.integers(1, 90), st.sampled_from(["second", "minutes"])
)
targets = st.builds(
    lambda target_id, schedule, window: parse_target(
        {"id": target_id, "type": "echo", "schedule": schedule, "flexible_window_seconds": window}
    ),
    ids,
    periods,
    st.sampled_from([0, 0, 1, 60, 3600]),
)
SCHEDULE_FIELDS = ["schedule", "timezone", "except", "starts_at", "ends_at", "active", "flexible_window_seconds"]
OTHER_FIELDS = ["id", "type", "params", "retry", "timeout_seconds", "overlap", "note", "tags", "plan", "colour"]
scraps = st.sampled_from(
    [
        *("rate(5 minutes)", "at(9999-12-31T23:59:59)", "cron(* * * * ? *)", "rrule(x)", "2026-12-25", "\x00", ""),
        *("2026-11-20T12:00:00Z", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:59-01:00"),
        *("Europe/Paris", "UTC", "../UTC", "echo", "homepage", "delete"),
    ]
)
values = jsons | scraps | st.lists(scraps, max_size=3)
raw_items = st.dictionaries(st.sampled_from(SCHEDULE_FIELDS + OTHER_FIELDS), values) | st.builds(
    lambda known, changes: known | changes,
    st.just({"id": "homepage", "type": "echo", "schedule": "rate(5 minutes)"}),
    st.dictionaries(st.sampled_from(SCHEDULE_FIELDS + OTHER_FIELDS), values, max_size=3),
)


@given(instants, st.timedeltas(timedelta(days=-2), QUEUE_DELAY_MAX))
def test_a_delay_is_never_early_and_never_a_whole_second_late(now: datetime, ahead: timedelta) -> None:
    due_at = now + ahead

    seconds = delay_seconds(due_at, now)

    assert 0 <= seconds <= 900
    assert now + timedelta(seconds=seconds) >= due_at
    assert seconds == 0 or now + timedelta(seconds=seconds - 1) < due_at


@given(instants, spans)
def test_hops_end_at_the_due_instant_and_never_before(now: datetime, ahead: timedelta) -> None:
    request = RunRequest(target_id="a", scheduled_at=now, due_at=now + ahead, dispatched_by=DispatchedBy.TTL)

    hops = 0
    while now < request.due_at:
        now += timedelta(seconds=queue_run(request, now=now).delay_seconds)
        hops += 1

    assert timedelta(0) <= now - request.due_at < timedelta(seconds=1)
    assert hops <= ahead / QUEUE_DELAY_MAX + 1


@given(targets, whole_instants, instants, st.timedeltas(timedelta(0), timedelta(days=30)))
def test_a_timer_expires_between_now_and_its_due_instant_and_is_near_within_the_lead(
    target: Target, scheduled_at: datetime, now: datetime, lead: timedelta
) -> None:
    occurrence = Occurrence(scheduled_at, scheduled_at + flexible_share(target, scheduled_at))

    timer = set_timer(target.id, occurrence, "1", now=now, settings=LoopSettings(lead=lead))

    assert timer.near is (occurrence.due_at - now <= lead)
    assert timer.expires_at >= now
    assert timer.expires_at <= max(timer.due_at, now)
    stored = timer.model_copy(update={"expires_at": timer.expires_at.replace(microsecond=0)})
    assert timer_of(decode_item(encode_item(timer_row(timer)))) == stored
    assert typed_timer(timer) == encode_item(timer_row(timer))
    assert timer_of_typed(typed_timer(timer)) == stored


@given(st.lists(st.integers(0, 600), min_size=1, max_size=12), whole_instants, st.integers(1, 3))
def test_sweeps_at_whatever_instants_leave_no_minute_out(gaps: list[int], start: datetime, shards: int) -> None:
    settings, mark, seen, now = LoopSettings(), None, set(), start
    for gap in [0, *gaps]:
        now += timedelta(seconds=gap)
        for sweep in sweeps(mark, now=now, settings=settings, shards=shards):
            seen.update(sweep.slots)
            mark = sweep.swept_until or mark

    minute = start.replace(second=0) - timedelta(minutes=1)
    while minute <= now + settings.horizon:
        assert {f"{to_text(minute)[:16]}Z#{shard:02d}" for shard in range(shards)} <= seen
        minute += timedelta(minutes=1)
    assert mark is not None
    assert mark <= now


@given(targets, whole_instants, st.timedeltas(timedelta(0), timedelta(hours=2)))
@settings(max_examples=60, deadline=None)
def test_the_latest_occurrence_is_the_one_that_counting_them_all_finds(
    target: Target, after: datetime, span: timedelta
) -> None:
    until, latest = after + span, None
    occurrence = next_occurrence(target, after=after, anchor=after)
    counted = 0
    while occurrence is not None and occurrence.scheduled_at <= until:
        latest = occurrence if occurrence.due_at <= until else latest
        occurrence = next_occurrence(target, after=occurrence.scheduled_at, anchor=after)
        counted += 1
        assume(counted < 2000)

    found = latest_occurrence(target, after=after, until=until, anchor=after)

    first = next_occurrence(target, after=after, anchor=after)
    assert found == (latest if first is not None and first.due_at <= until else None)


@given(raw_items)
def test_whatever_an_item_holds_it_is_read_or_refused_in_one_short_sentence(item: dict[str, object]) -> None:
    refusal, target = None, None
    try:
        target = parse_target(item)
    except InvalidTargetError as error:
        refusal = str(error)

    assert (target is None) is (refusal is not None)
    assert refusal is None or 0 < len(refusal) <= REASON_LENGTH_MAX
    assert target is None or target.id == item["id"]


@given(raw_items, raw_items, st.integers(1, 10**20), whole_instants)
def test_a_record_delivered_again_gets_the_same_decision_whatever_it_holds(
    old: dict[str, object], new: dict[str, object], number: int, now: datetime
) -> None:
    change = TargetChange("homepage", old=old, new=new, sequence_number=str(number), edited_at=now)

    decision = plan(change, lambda _: None)

    assert plan(change, lambda _: None) == decision
    if isinstance(decision, SavePlan):
        assert plan_of({"plan": decision.plan.item()}) == decision.plan
        assert decision.first is None or decision.first.scheduled_at > now
        assert decision.plan.fingerprint in {"", fingerprint_of(new)}


@given(raw_items, st.integers(1, 10**20), whole_instants)
def test_a_plan_that_was_written_is_settled(item: dict[str, object], number: int, now: datetime) -> None:
    item.pop("plan", None)
    change = TargetChange("homepage", old=None, new=item, sequence_number=str(number), edited_at=now)
    decision = plan(change, lambda _: None)
    assume(isinstance(decision, SavePlan))
    assert isinstance(decision, SavePlan)

    planned = item | {"plan": decision.plan.item()}
    echo = TargetChange("homepage", old=item, new=planned, sequence_number=str(number + 1), edited_at=now)

    assert not isinstance(plan(echo, lambda _: None), SavePlan | RestorePlan)


requests = st.builds(
    RunRequest,
    target_id=ids,
    scheduled_at=whole_instants,
    due_at=instants.map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)),
    revision=st.text(string.digits, max_size=40),
    dispatched_by=st.sampled_from(DispatchedBy),
    trigger=st.sampled_from(Trigger),
    suffix=st.text(string.ascii_letters + string.digits + "._-", max_size=64),
    attempt=st.integers(1, 200),
)


@given(requests)
def test_a_request_reads_as_it_was_written(request: RunRequest) -> None:
    assert parse_request(request.model_dump_json()) == request


@given(st.text() | jsons.map(json.dumps) | raw_items.map(json.dumps))
def test_whatever_a_message_holds_it_is_a_request_or_refused(body: str) -> None:
    refusal = "-"
    try:
        parse_request(body)
    except InvalidRequestError as error:
        refusal = str(error)

    assert 0 < len(refusal) <= REASON_LENGTH_MAX


@given(requests, raw_items, st.timedeltas(timedelta(0), timedelta(days=3)))
@settings(deadline=None)
def test_whatever_a_target_has_become_its_request_is_answered(
    request: RunRequest, item: dict[str, object], late: timedelta
) -> None:
    decision = admit(request, item, now=request.due_at + late)

    assert isinstance(decision, QueueRun | Drop | Reject | Proceed)
    assert not isinstance(decision, QueueRun) or 0 <= decision.delay_seconds <= 900
    assert not isinstance(decision, Drop | Reject) or decision.reason


runs = st.builds(
    lambda request, now, output: Run.begun(
        request, now=now, lease=timedelta(seconds=90), keep=timedelta(days=30)
    ).completed(output, now=now + timedelta(seconds=1)),
    requests,
    whole_instants,
    jsons.filter(lambda value: value == value),
)


@given(runs)
def test_a_row_reads_as_it_was_written(run: Run) -> None:
    stored = json.loads(json.dumps(encode_item(run_row(run)).get("delete_at")))

    assert stored == {"N": str(int(run.delete_at.timestamp()))}
    assert run_of(run_row(run)) == run
    assert typed_run(run) == encode_item(run_row(run))


@given(runs, instants, st.text(max_size=20))
def test_a_row_is_the_same_field_by_field_whatever_its_status(run: Run, now: datetime, text: str) -> None:
    lease = run.model_copy(update={"status": RunStatus.IN_PROGRESS, "lease_expires_at": now, "holder": text})
    retrying, skipped = lease.retrying(text, now=now, retry_at=now), lease.not_run(RunStatus.SKIPPED, text, now=now)

    missed = lease.missed(text, now, now=now)

    for one in (
        lease,
        lease.failed(text, now=now),
        retrying,
        skipped,
        missed,
        lease.waiting(now),
        lease.released(now=now),
    ):
        assert typed_run(one) == encode_item(run_row(one))


wholes = st.integers(-(10**37), 10**37) | st.integers(-(2**53), 2**53).map(float)
storable = st.recursive(
    st.none() | st.booleans() | wholes | st.text(st.characters(exclude_categories=("Cs",)), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


@given(storable)
def test_every_value_that_dynamodb_can_hold_reads_as_it_was_written(value: object) -> None:
    assert decode(encode(value)) == json.loads(json.dumps(value)) or _has_surrogates(value)


def _has_surrogates(value: object) -> bool:
    return any("\\ud" in part for part in json.dumps(value).split('"'))


@given(jsons)
def test_every_value_can_be_written_and_what_was_written_stays_so(value: object) -> None:
    once = decode(encode(value))

    assert decode(encode(once)) == once


@given(
    st.lists(st.sampled_from(["complete", "fail", "retry", "die", "take", "wait", "abandon"]), max_size=12),
    whole_instants,
)
def test_a_run_only_ever_makes_legal_moves(story: list[str], now: datetime) -> None:
    request = RunRequest(target_id="a", scheduled_at=now, due_at=now, dispatched_by=DispatchedBy.TTL)
    lease = timedelta(seconds=90)
    run = Run.begun(request, now=now, lease=lease, keep=timedelta(days=1))

    for event in story:
        before, now = run, now + timedelta(seconds=100)
        decision = claim_held(run, Retry(max_attempts=3), now=now)
        match event:
            case "take" if isinstance(decision, TakeOver):
                run = run.taken_over(request, now=now, lease=lease)
            case "take" if isinstance(decision, GiveUp):
                run = run.failed(decision.error, now=now)
            case "complete" if run.status is RunStatus.IN_PROGRESS:
                run = run.completed(None, now=now)
            case "fail" if run.status is RunStatus.IN_PROGRESS:
                run = run.failed("why", now=now)
            case "retry" if run.status is RunStatus.IN_PROGRESS:
                run = run.retrying("why", now=now, retry_at=now)
            case "wait" if run.is_waiting:
                run = run.waiting(now)
            case "abandon" if not run.status.is_final:
                run = run.abandoned("why", now=now)
        assert run == before or run.status in MOVES[before.status]
        assert run.attempt >= before.attempt
        assert (run.lease_expires_at is None) is (run.status is not RunStatus.IN_PROGRESS)
        assert run.status is RunStatus.RETRYING or run.retry_at is None
        assert isinstance(claim_held(run, Retry(), now=now), Later | TakeOver | GiveUp) is not run.status.is_final


@given(st.integers(1, 200), st.integers(1, 186), st.integers(0, 86_400), st.integers(0, 86_400), st.integers(0, 2**32))
def test_a_retry_lies_within_its_backoff_and_its_age(
    attempt: int, most: int, backoff: int, longest: int, seed: int
) -> None:
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    request = RunRequest(target_id="a", scheduled_at=now, due_at=now, dispatched_by=DispatchedBy.TTL)
    run = Run.begun(request, now=now, lease=timedelta(seconds=90), keep=timedelta(days=1))
    retry = Retry(max_attempts=most, backoff_seconds=backoff, max_backoff_seconds=longest)

    found = retry_at(run.model_copy(update={"attempt": attempt}), retry, now=now, random=Random(seed))

    if found is not None:
        assert attempt < most
        assert timedelta(0) <= found - now <= timedelta(seconds=min(longest, retry.max_age_seconds))
    else:
        assert attempt >= most or max(backoff, longest) > retry.max_age_seconds


@given(st.datetimes(timezones=st.timezones() | st.just(UTC)))
def test_every_instant_reads_as_it_was_written_to_the_millisecond(instant: datetime) -> None:
    assume(
        datetime.min.replace(tzinfo=UTC) + timedelta(days=2)
        < instant
        < datetime.max.replace(tzinfo=UTC) - timedelta(days=2)
    )

    read = from_text(to_text(instant))

    assert timedelta(0) <= instant - read < timedelta(milliseconds=1)
