"""The targets of a virtual day: mixed schedules, policies and runners, over a thousand occurrences."""

from datetime import timedelta
from random import Random

from schedule_model.instants import to_text
from tests.simulation.hub import EPOCH

Item = dict[str, object]

_MODES = ("steady", "steady", "flaky", "raising", "hanging", "slow", "junk", "silent")


def population(random: Random, span: float) -> list[Item]:
    """Return the targets that exist from the start, as users write them; what has an end begins within `span` hours."""
    items = [
        *(_brief(random, f"minutely{number}", "rate(1 minute)", span=span, hours=1) for number in "ab"),
        *(_brief(random, f"five{number}", "rate(5 minutes)", span=span, hours=4) for number in "ab"),
        *_several(random, 2, "quarter", "rate(15 minutes)"),
        *_several(random, 10, "hourly", "rate(1 hour)"),
        *_several(random, 3, "odd", "rate(97 minutes)"),
        *_several(random, 3, "daily", "cron(30 9 * * ? *)", timezone="Europe/Berlin"),
        *_several(random, 3, "workday", "cron(0/20 8-17 ? * MON-FRI *)"),
        _brief(random, "brief", "rate(10 seconds)", span=span, hours=0.1),
        _brief(random, "dense", "rate(1 second)", span=span, hours=0.015),
        *_several(random, 1, "window", "rate(1 hour)", flexible_window_seconds=1200),
        *_several(random, 1, "wide", "rate(10 minutes)", flexible_window_seconds=900, misfire_grace_seconds=1200),
        *(_one_off(random, number, span) for number in range(18)),
        *_policies(random),
        *_peculiar(),
    ]
    random.shuffle(items)
    return items


def _several(random: Random, count: int, name: str, schedule: str, *, hours: float = 0, **fields: object) -> list[Item]:
    items: list[Item] = []
    for number in range(count):
        item: Item = {"id": f"{name}{number}", "type": "simulated", "schedule": schedule} | fields
        item["params"] = {"mode": random.choice(_MODES), "text": "hello"}
        items.append(item)
    return items


def _brief(random: Random, name: str, schedule: str, *, span: float, hours: float) -> Item:
    """Return a target whose schedule has a beginning within `span` hours, and an end some hours after."""
    (item,) = _several(random, 1, name, schedule)
    start = EPOCH + timedelta(minutes=random.randint(10, int(span * 48)))
    return item | {"starts_at": to_text(start), "ends_at": to_text(start + timedelta(hours=hours))}


def overlapping(random: Random, policy: str, span: float) -> Item:
    """Return a target whose runs often take longer than its period."""
    item = _brief(random, f"overlap.{policy}", "rate(20 seconds)", span=span, hours=0.2)
    return item | {"overlap": policy, "params": {"mode": "slow"}, "misfire_grace_seconds": 600}


def precise(random: Random) -> list[Item]:
    """Return a target whose executors come before its runs are due, and wait."""
    return _several(random, 1, "precise", "rate(30 minutes)", precise=True)


def _one_off(random: Random, number: int, span: float) -> Item:
    at = EPOCH + timedelta(seconds=random.randint(30, int(span * 3600)))
    item: Item = {"id": f"once{number}", "type": "simulated", "schedule": f"at({at:%Y-%m-%dT%H:%M:%S})"}
    if random.random() < 0.3:
        item["on_complete"] = "delete"
    return item | {"params": {"mode": random.choice(_MODES)}}


def _policies(random: Random) -> list[Item]:
    policies: list[Item] = [
        {"catch_up": "all", "misfire_grace_seconds": 30},
        {"catch_up": "skip", "misfire_grace_seconds": 30},
        {"catch_up": "latest", "misfire_grace_seconds": 1},
        {"retry": {"max_attempts": 1}},
        {"max_runs": 5},
        {"retry": {"max_attempts": 5, "backoff_seconds": 1, "max_backoff_seconds": 20}},
        {"retry": {"max_attempts": 2, "backoff_seconds": 2400, "max_backoff_seconds": 2400, "max_age_seconds": 7200}},
    ]
    return [
        {
            "id": f"policy{place}",
            "type": "simulated",
            "schedule": "rate(1 hour)",
            "params": {"mode": random.choice(("flaky", "raising", "failing", "steady"))},
        }
        | policy
        for place, policy in enumerate(policies)
    ]


def _peculiar() -> list[Item]:
    modes = {"choosing": "rate(2 hours)", "spawning": "rate(4 hours)", "finishing": "rate(1 hour)"}
    items: list[Item] = [
        {"id": mode, "type": "simulated", "schedule": schedule, "params": {"mode": mode}}
        for mode, schedule in modes.items()
    ]
    failing: Item = {"id": "pausing", "type": "simulated", "schedule": "rate(20 minutes)", "pause_after_failures": 3}
    bare: Item = {"id": "bare", "type": "simulated", "schedule": "rate(1 hour)"}
    return [*items, failing | {"params": {"mode": "failing"}}, bare]
