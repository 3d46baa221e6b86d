"""What many targets cost and how long they take: `python -m bench.scale`.

Requests, writes and bytes are counted: the timers are really put, the real sweeper runs. How long a sweep lasts, and
how fast Lambda takes many messages of one second, is modelled.
"""

from datetime import timedelta

from bench.calls import duration_s
from bench.endpoint.ledger import Request, by_operation, total
from bench.endpoint.sizes import item_bytes
from bench.late_sweep import late_sweep
from bench.local_stack import START, LocalStack
from bench.paths import usage_of
from bench.pending import fill
from bench.prices import RRU_USD, SQS_REQUEST_USD, WRU_USD
from bench.ramp import DEFAULT, PROVISIONED, PROVISIONED_POLLERS, capped, last_start_s
from bench.report import Figures, main, rounded, table, tell
from bench.standing_stack import local_stack
from schedule_model.settings import LoopSettings
from schedule_model.timer import shard_of

PENDING = (1_000, 100_000, 1_000_000)
BATCH = 10
TEMPLATE_CONCURRENCY = 100
"""template.yaml's ExecutorConcurrency."""
STORAGE_OVERHEAD_BYTES = 100
PARTITION_WRITES = 1_000
_MONTH_MINUTES = 30 * 24 * 60
_MINUTE = timedelta(minutes=1)
_RECONCILE = ("Scan targets", "Query runs", "BatchGetItem timers")
_POLLS_PER_MINUTE = 5 * 60 / 20
"""Five pollers that each wait 20 s for a message; what an idle queue's event source costs."""


def measure(quick: bool) -> Figures:  # noqa: FBT001  the one switch of every bench
    """Return what is counted and modelled."""
    sizes = (1_000, 5_000) if quick else PENDING
    minutes = 6 if quick else 16
    with local_stack() as stack:
        idle = {str(size): _idle(stack, size, minutes) for size in sizes}
        late = late_sweep(stack, timers=600 if quick else 100_000, limit_s=2 if quick else 55)
        sizes_bytes, ramp = _bytes(stack), _ramp(stack)
    tell("")
    return rounded(
        {
            "scale": {
                "idle_requests_per_minute": {size: found["busiest"] for size, found in idle.items()},
                "idle": idle,
                "late_sweep": late,
                "bytes": sizes_bytes,
                "ramp": ramp,
                "hottest_partition": _hottest(1_000 if quick else 100_000),
            }
        }
    )


def _idle(stack: LocalStack, pending: int, minutes: int) -> Figures:
    """Return what the sweeper's minutes ask for while nothing is due; the first, on a new stack, is left out."""
    tell(f"scale: putting {pending:,} timers")
    fill(stack, pending)
    stack.clock.at = START + timedelta(hours=22)
    by_minute: list[list[Request]] = []
    for minute in range(minutes):
        tell(f"scale: {pending:,} pending, minute {minute + 1} of {minutes}")
        stack.forget_usage()
        stack.invoke("sweeper", {"source": "aws.events"})
        by_minute.append(list(stack.invocations[0].requests))
        stack.clock.at += _MINUTE
    steady = by_minute[1:]
    busiest = max(steady, key=len)
    units = total(request for minute in steady for request in minute)
    per_month = _MONTH_MINUTES / len(steady)
    return {
        "busiest": len(busiest),
        "mean": sum(map(len, steady)) / len(steady),
        "sweep_alone": len(busiest) - _reconciling(busiest),
        "reconcile": _reconciling(busiest),
        "rru_per_minute": units.rru / len(steady),
        "wru_per_minute": units.wru / len(steady),
        "usd_per_month": (units.rru * RRU_USD + units.wru * WRU_USD) * per_month
        + _POLLS_PER_MINUTE * _MONTH_MINUTES * SQS_REQUEST_USD,
        "by_operation": by_operation(busiest),
    }


def _reconciling(minute: list[Request]) -> int:
    return sum(f"{request.operation} {request.resource}" in _RECONCILE for request in minute)


def _bytes(stack: LocalStack) -> Figures:
    """Return the size of one item of each table, after a run."""
    usage_of(stack, "near", batch=1, rounds=1)
    tables = stack.endpoint.database.tables
    return {name: item_bytes(next(tables[name].items())) for name in ("targets", "timers", "runs")}


def _ramp(stack: LocalStack) -> Figures:
    """Return when the last of many runs of one second starts."""
    usage_of(stack, "near", batch=BATCH, rounds=1)
    (executor,) = [one for one in stack.invocations if one.function == "executor"]
    batch_s = duration_s(executor.calls, overlapped=True)
    # What comes after the claims are made and the next runs are queued is the recording.
    queued = [place for place, call in enumerate(executor.calls) if call.operation == "SendMessageBatch"]
    start_s = duration_s(executor.calls[: queued[-1] + 1], overlapped=True)
    sources = {
        "template": capped(DEFAULT, TEMPLATE_CONCURRENCY),
        "default": DEFAULT,
        "provisioned": PROVISIONED,
    }
    return {"batch_s": batch_s, "start_s": start_s, "provisioned_pollers": PROVISIONED_POLLERS} | {
        name: {
            str(count): last_start_s(source, count, batch=BATCH, batch_s=batch_s, start_s=start_s)
            for count in (100, 1_000, 10_000, 100_000)
        }
        for name, source in sources.items()
    }


def _hottest(timers: int) -> Figures:
    """Return what the fullest of a minute's partitions gets of this many timers."""
    shards = LoopSettings().shards
    counts = [0] * shards
    for number in range(timers):
        counts[shard_of(f"target-{number:07d}", shards)] += 1
    share = max(counts) / timers
    return {"shards": shards, "share": share, "timers_per_second_max": PARTITION_WRITES / share}


def shown(figures: Figures) -> str:
    """Return the figures as tables."""
    scale = figures["scale"]
    columns = ("busiest", "sweep_alone", "reconcile", "mean", "usd_per_month")
    idle = [[int(size), *(found[name] for name in columns)] for size, found in scale["idle"].items()]
    ramp, names = scale["ramp"], ("template", "default", "provisioned")
    counts = list(ramp["default"])
    return "\n\n".join(
        [
            "Requests of an idle minute (counted), by pending timers:",
            table(["pending", "busiest minute", "sweep", "reconcile", "mean", "$ a month"], idle),
            _late_text(scale["late_sweep"]),
            _ramp_text(ramp),
            table(["due", *names], [[int(count), *(ramp[name][count] for name in names)] for count in counts]),
            _sizes_text(scale),
        ]
    )


def _late_text(late: Figures) -> str:
    return (
        f"A minute with {late['timers']:,} late timers: the first sweep, ended after {late['limit_s']} s, dispatched "
        f"{late['first']:,}, the next one {late['second']:,} more, {late['queued_twice']} of them twice (the real "
        f"sweeper; its calls' time is modelled). All are on their way after {late['sweeps_needed']} sweeps."
    )


def _ramp_text(ramp: Figures) -> str:
    return (
        f"Runs due in one second: when the last one starts, in seconds (modelled; {BATCH} a batch, which lasts "
        f"{ramp['batch_s']:.3f} s, its runs start after {ramp['start_s']:.3f} s). Template: Lambda's default scaling "
        f"under its limit of {TEMPLATE_CONCURRENCY} batches; provisioned: {ramp['provisioned_pollers']} pollers."
    )


def _sizes_text(scale: Figures) -> str:
    hottest, sizes = scale["hottest_partition"], scale["bytes"]
    return (
        f"The fullest of a minute's {hottest['shards']} partitions takes {hottest['share']:.2%} of its timers: "
        f"{hottest['timers_per_second_max']:,.0f} timers a second before one is asked for {PARTITION_WRITES:,} writes. "
        f"Bytes of an item (counted; DynamoDB stores {STORAGE_OVERHEAD_BYTES} more for each): "
        + ", ".join(f"{name} {size}" for name, size in sizes.items())
        + "."
    )


if __name__ == "__main__":
    main("scale", __doc__, measure, shown)
