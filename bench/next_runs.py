"""How many next runs a second: ours beside other Python engines, in one run on one core.

`python -m bench.next_runs` prints a table of medians; `--json` prints the same as JSON. An engine that is not
installed is left out and named. Each engine parses once and is then asked for one run after another.
"""

import argparse
import json
import platform
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from statistics import median
from zoneinfo import ZoneInfo

from schedule_model.expressions import parse

AFTER = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROUNDS = 7
# Ours, and the same in unix cron for the engines that know no other.
CASES = [
    ("cron(0/15 8-17 ? * MON-FRI *)", "0/15 8-17 * * MON-FRI", "America/New_York"),
    ("cron(* * * * ? *)", "* * * * *", "UTC"),
    ("cron(30 2 * * ? *)", "30 2 * * *", "Europe/London"),
    ("cron(0 9 1 * ? *)", "0 9 1 * *", "Australia/Lord_Howe"),
    ("cron(0 0 29 2 ? *)", "0 0 29 2 *", "UTC"),
]
Engine = Callable[[str, str, str], Iterator[object]]


def hourglass(ours: str, _: str, zone: str) -> Iterator[object]:
    """Yield our next runs."""
    expression, instant = parse(ours, zone), AFTER
    while following := expression.next_after(instant, anchor=AFTER):
        yield following
        instant = following


def by_croniter(_: str, unix: str, zone: str) -> Iterator[object]:
    """Yield croniter's."""
    from croniter import croniter  # noqa: PLC0415 - optional

    text = unix.replace("0/15", "*/15")
    return iter(croniter(text, AFTER.astimezone(ZoneInfo(zone)), ret_type=datetime).all_next())


def by_cronsim(_: str, unix: str, zone: str) -> Iterator[object]:
    """Yield cronsim's."""
    from cronsim import CronSim  # noqa: PLC0415 - optional

    return iter(CronSim(unix.replace("0/15", "*/15"), AFTER.astimezone(ZoneInfo(zone))))


def by_apscheduler(_: str, unix: str, zone: str) -> Iterator[object]:
    """Yield those of APScheduler's CronTrigger."""
    from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415 - optional

    trigger = CronTrigger.from_crontab(unix.replace("0/15", "*/15").lower(), timezone=ZoneInfo(zone))
    return chain_of(partial(trigger.get_next_fire_time))


def chain_of(next_fire_time: Callable[[datetime | None, datetime], datetime | None]) -> Iterator[object]:
    """Yield one fire time after another."""
    previous: datetime | None = None
    while following := next_fire_time(previous, previous or AFTER):
        yield following
        previous = following


ENGINES: dict[str, Engine] = {
    "hourglass": hourglass,
    "croniter": by_croniter,
    "cronsim": by_cronsim,
    "apscheduler": by_apscheduler,
}


def per_second(engine: Engine, case: tuple[str, str, str], rounds: int = ROUNDS) -> int | None:
    """Return the median of several rounds, or None where the engine is not installed."""
    rates = []
    for _ in range(rounds):
        try:
            runs = engine(*case)
            next(runs)
        except ImportError:
            return None
        started, counted = time.perf_counter(), 0
        while counted == 0 or time.perf_counter() - started < 0.1:
            asked = sum(1 for _ in islice(runs, 50))
            counted += asked
            if asked == 0:
                runs = engine(*case)
        rates.append(counted / (time.perf_counter() - started))
    return round(median(rates))


def main() -> None:
    """Measure every engine on every case and print the medians."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments.add_argument("--rounds", type=int, default=ROUNDS, help="of which the medians are")
    options = arguments.parse_args()
    medians = {
        case[0]: {name: per_second(engine, case, options.rounds) for name, engine in ENGINES.items()} for case in CASES
    }
    if options.json:
        print(json.dumps({"python": platform.python_version(), "unit": "next runs per second", "medians": medians}))
        return
    print(f"{'next runs per second, Python ' + platform.python_version():52}" + "".join(f"{n:>13}" for n in ENGINES))
    for (text, _, zone), row in zip(CASES, medians.values(), strict=True):
        print(
            f"{text + ' ' + zone:52}"[:52] + "".join(f"{'absent' if v is None else f'{v:,}':>13}" for v in row.values())
        )


if __name__ == "__main__":
    main()
