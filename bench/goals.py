"""The goals, each beside the figure that it is about."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Results = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that must not exceed a bound.

    Attributes:
        of: what it is, for people.
        how: counted, measured, modelled or emulated.
        read: takes it from the results; raises KeyError where the bench was left out.
    """

    of: str
    how: str
    at_most: float
    read: Callable[[Results], float]


def _ratio(results: Results) -> float:
    cost = results["cost"]
    return float(cost["dense_usd_per_million"] / cost["eventbridge_scheduler_usd_per_million"])


def _sparse_ratio(results: Results) -> float:
    cost = results["cost"]
    return float(cost["sparse_usd_per_million"] / cost["eventbridge_scheduler_to_the_second_sparse_usd_per_million"])


def _slowest(name: str) -> Callable[[Results], float]:
    return lambda results: max(profile[name] for profile in results["lateness"].values())


def _startup(name: str) -> Callable[[Results], float]:
    return lambda results: max(results["startup"][one][name] for one in FUNCTIONS)


def _cold(results: Results) -> float:
    return max(one["ours_ms"] / one["plain_ms"] for one in results["startup"]["cold"].values())


def _idle_growth(results: Results) -> float:
    found = [float(one) for one in results["scale"]["idle_requests_per_minute"].values()]
    return max(found) / min(found)


FUNCTIONS = ("planner", "dispatcher", "sweeper", "executor")
GOALS = (
    Goal(
        "$ per million runs, batches of 10",
        "counted, time modelled",
        2.40,
        lambda r: r["cost"]["dense_usd_per_million"],
    ),
    Goal("the same, in times EventBridge Scheduler", "counted, time modelled", 0.8, _ratio),
    Goal(
        "$ per million runs, one at a time",
        "counted, time modelled",
        4.80,
        lambda r: r["cost"]["sparse_usd_per_million"],
    ),
    Goal("the same, in times Scheduler to the second", "counted, time modelled", 1.0, _sparse_ratio),
    Goal("WRU per dense run", "counted", 3.0, lambda r: r["requests"]["wru_per_run"]),
    Goal("RRU per dense run", "counted", 0.6, lambda r: r["requests"]["rru_per_run"]),
    Goal("SQS requests per dense run", "counted", 0.35, lambda r: r["requests"]["sqs_per_run"]),
    Goal("lateness p50 in s, worst profile", "modelled", 0.55, _slowest("p50_s")),
    Goal("lateness p99 in s, worst profile", "modelled", 1.1, _slowest("p99_s")),
    Goal("lateness p99.9 in s, worst profile", "modelled", 2.0, _slowest("p999_s")),
    Goal("lateness p50 in ms, precise", "modelled", 20, lambda r: r["precise"]["p50_ms"]),
    Goal("lateness p99 in ms, precise", "modelled", 100, lambda r: r["precise"]["p99_ms"]),
    Goal("handler CPU per dense run, in boto3 puts", "measured", 0.7, lambda r: r["cpu"]["boto3_puts_per_run"]),
    Goal("own code per dense run, in us", "measured", 100, lambda r: r["cpu"]["own_us_per_run"]),
    Goal("import and clients, in times boto3 with two clients", "measured", 1.25, _startup("ratio_to_boto3")),
    Goal("the same, in MB more", "measured", 10, _startup("added_mb")),
    Goal("cold first invocation, in times a plain build's", "measured", 0.5, _cold),
    Goal("artefact in MB, zipped", "measured", 10, lambda r: r["startup"]["artefact"]["ours_mb"]),
    Goal("10,000 due in one second: last start in s", "modelled", 7, lambda r: r["scale"]["ramp"]["template"]["10000"]),
    Goal("the same with provisioned pollers", "modelled", 1, lambda r: r["scale"]["ramp"]["provisioned"]["10000"]),
    Goal("requests of an idle minute, most pending over fewest", "counted", 1, _idle_growth),
)
