"""What one run uses on each of its ways through the loop, counted by really going that way."""

from datetime import UTC, datetime, timedelta

from bench.local_stack import QUEUE, LocalStack
from bench.prices import Usage
from schedule_model.instants import to_text

PATHS = ("near", "ttl", "ttl with a hop", "sweep")
LAG = {"ttl": timedelta(seconds=600), "ttl with a hop": timedelta(seconds=180)}
"""How late TTL is on the paths that it opens; a hop is needed where it is earlier than `lead` less 900 s."""
_PERIODS = {"near": "rate(5 minutes)"}
_DAILY = "rate(1 day)"
_MINUTE = timedelta(minutes=1)


def usage_of(stack: LocalStack, path: str, *, batch: int, rounds: int, overlapped: bool = True) -> Usage:
    """Return what one recurring run uses on average on one path, its next timer included.

    Args:
        stack: emptied first.
        path: one of `PATHS`.
        batch: how many runs are due at the same second, and handled together at each step; up to 10.
        rounds: over how many runs of each target.
        overlapped: whether calls that are made at once take their time at once.
    """
    _begin(stack, path, batch)
    _to_the_first_run(stack, path, batch)
    used = Usage()
    for _ in range(rounds):
        stack.forget_usage()
        less = _go(stack, path, batch, overlapped=overlapped)
        used += stack.take_usage(overlapped=overlapped) - less
    runs = len(stack.endpoint.database.table("runs"))
    assert runs == batch * (rounds + 1), f"{runs} runs on the path {path}"
    return used * (1 / (batch * rounds))


def usage_of_duplicate(stack: LocalStack, *, batch: int) -> Usage:
    """Return what one message uses that is delivered again after its run was recorded."""
    _begin(stack, "near", batch)
    records = _received(stack, batch)
    stack.execute(records, is_deleted=False)
    stack.dispatch_all(batch)
    entries = [{"ReceiptHandle": one["receiptHandle"], "VisibilityTimeout": 0, "Id": ""} for one in records]
    stack.ask("AmazonSQS.ChangeMessageVisibilityBatch", QueueUrl=f"/{QUEUE}", Entries=entries)
    stack.forget_usage()
    stack.execute(stack.receive(batch))
    return stack.take_usage() * (1 / batch)


def usage_of_edit(stack: LocalStack, *, batch: int) -> Usage:
    """Return what one new target uses until its first timer is set, the user's own write included."""
    stack.clear()
    _write(stack, batch, _DAILY)
    stack.plan_all()
    return stack.take_usage() * (1 / batch)


def _write(stack: LocalStack, batch: int, schedule: str) -> None:
    for number in range(batch):
        item = {"id": {"S": f"target-{number:04d}"}, "type": {"S": "echo"}, "schedule": {"S": schedule}}
        stack.put_target(item | {"params": {"M": {"message": {"S": "hello"}}}})


def _begin(stack: LocalStack, path: str, batch: int) -> None:
    stack.clear()
    _write(stack, batch, _PERIODS.get(path, _DAILY))
    stack.plan_all()
    stack.dispatch_all(batch)


def _to_the_first_run(stack: LocalStack, path: str, batch: int) -> None:
    _go(stack, path, batch, overlapped=True)


def _go(stack: LocalStack, path: str, batch: int, *, overlapped: bool) -> Usage:
    """Let every target run once more; return what was used that does not count towards it."""
    less = Usage()
    expected = len(stack.endpoint.database.table("runs")) + batch
    if path == "sweep":
        less = _sweep(stack, overlapped=overlapped)
    elif path in LAG:
        _expire(stack, LAG[path], batch)
    while len(stack.endpoint.database.table("runs")) < expected:
        stack.execute(_received(stack, batch))
        stack.dispatch_all(batch)
    return less


def _received(stack: LocalStack, batch: int) -> list[dict[str, object]]:
    visible_at = stack.endpoint.queues.next_visible_at("runs")
    assert visible_at is not None, "nothing is on its way"
    stack.clock.wait_until(datetime.fromtimestamp(visible_at, UTC))
    return stack.receive(batch)


def _waiting(stack: LocalStack) -> list[dict[str, dict[str, str]]]:
    now = stack.clock.at.timestamp()
    rows = stack.endpoint.database.table("timers").items()
    return [row for row in rows if "expires_at" in row and float(row["expires_at"]["N"]) > now]


def _expire(stack: LocalStack, lag: timedelta, batch: int) -> None:
    """Let TTL remove the next timers, with a lag."""
    rows = _waiting(stack)
    stack.clock.at = datetime.fromtimestamp(float(rows[0]["expires_at"]["N"]), UTC) + lag
    stack.expire([(row["slot"]["S"], row["timer_id"]["S"]) for row in rows])
    stack.dispatch_all(batch)


def _sweep(stack: LocalStack, *, overlapped: bool) -> Usage:
    """Let the sweeper find the next timers, TTL being too late; return what a sweep uses that finds none."""
    due_at = datetime.fromisoformat(_waiting(stack)[0]["due_at"]["S"])
    found_at = due_at.replace(second=0, microsecond=0) - 3 * _MINUTE
    mark = {"slot": {"S": "sweeper"}, "timer_id": {"S": "watermark"}}
    mark["swept_until"] = {"S": to_text(found_at - 2 * _MINUTE)}
    stack.endpoint.database.table("timers").write(("sweeper", "watermark"), mark, is_billed=False)
    without = _one_sweep(stack, found_at - _MINUTE, overlapped=overlapped)
    _one_sweep(stack, found_at, overlapped=overlapped)
    stack.dispatch_all(10)
    return without * 2


def _one_sweep(stack: LocalStack, at: datetime, *, overlapped: bool) -> Usage:
    stack.clock.wait_until(at)
    before = stack.take_usage(overlapped=overlapped)
    stack.invoke("sweeper", {"source": "aws.events"})
    return stack.take_usage(overlapped=overlapped) - before
