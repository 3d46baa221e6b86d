"""What a million runs cost: `python -m bench.cost`.

The real handlers and adapters run against a local endpoint that counts every request and every billed unit; so do the
alternatives that a user would build instead. Requests, units and log bytes are counted. Durations, and the shares of
the paths on which runs of a long interval come, are modelled. Prices and latencies: bench/prices.py.
"""

from bench.alternatives import Alternatives
from bench.local_stack import LocalStack
from bench.paths import PATHS, usage_of, usage_of_duplicate, usage_of_edit
from bench.prices import Usage
from bench.report import Figures, main, rounded, table, tell
from bench.shares import PROFILES, following_lead_s, lags_s, shares
from bench.standing_stack import local_stack
from schedule_model.settings import LoopSettings

DENSE = 10
SPARSE = 1
DUPLICATES = 0.01
"""The share of messages that come twice, in dense and sparse traffic; SQS says rare and gives no figure."""
NO_RECONCILE = {"RECONCILE_PERIOD_SECONDS": "86400000"}


def measure(quick: bool) -> Figures:  # noqa: FBT001  the one switch of every bench
    """Return dollars per million runs and requests per run, ours and the alternatives'."""
    rounds = 2 if quick else 20
    with local_stack(**NO_RECONCILE) as stack:
        _first_sweep(stack)
        used = _paths(stack, rounds)
        serial = usage_of(stack, "near", batch=DENSE, rounds=rounds, overlapped=False)
        duplicate = {size: usage_of_duplicate(stack, batch=size) for size in (DENSE, SPARSE)}
        edit = usage_of_edit(stack, batch=SPARSE)
        others = _alternatives(stack, runs=DENSE * rounds)
    tell("")
    dense, sparse = (used["near", size] + duplicate[size] * DUPLICATES for size in (DENSE, SPARSE))
    near = used["near", DENSE]
    return rounded(
        {
            "cost": _costs(dense, sparse, others)
            | {
                "dense_serial_usd_per_million": (serial + duplicate[DENSE] * DUPLICATES).total_usd_per_million(),
                "per_million_new_targets_usd": edit.total_usd_per_million(),
                "duplicate_usd_per_million": duplicate[DENSE].total_usd_per_million(),
                "parts": {
                    name: one.usd_per_million() for name, one in {"dense": dense, "sparse": sparse, **others}.items()
                },
                "paths": _path_figures(used),
                "by_profile": _by_profile(used, draws=2_000 if quick else 100_000),
            },
            "requests": {
                "wru_per_run": near.wru,
                "rru_per_run": near.rru,
                "sqs_per_run": near.sqs,
                "lambda_per_run": near.lambda_requests,
                "log_bytes_per_run": near.log_bytes,
            },
        }
    )


def _first_sweep(stack: LocalStack) -> None:
    """Let reconcile's first pass, which is due at once, go by."""
    stack.invoke("sweeper", {"source": "aws.events"})


def _paths(stack: LocalStack, rounds: int) -> dict[tuple[str, int], Usage]:
    used = {}
    for path in PATHS:
        for size in (DENSE, SPARSE):
            tell(f"cost: counting {path}, {size} at a time")
            used[path, size] = usage_of(stack, path, batch=size, rounds=rounds)
    return used


def _alternatives(stack: LocalStack, *, runs: int) -> dict[str, Usage]:
    tell("cost: counting the alternatives")
    other = Alternatives(stack)
    return {
        "eventbridge_scheduler": other.scheduler_by_the_minute(runs=runs),
        "eventbridge_scheduler_to_the_second": other.scheduler_to_the_second(runs=runs, batch=DENSE),
        "eventbridge_scheduler_to_the_second_sparse": other.scheduler_to_the_second(runs=runs, batch=SPARSE),
        "sqs_delay_chain": other.delay_chain(batch=DENSE),
        "sqs_delay_chain_sparse": other.delay_chain(batch=SPARSE),
        "step_functions_wait": other.cron_and_step_functions(batch=DENSE),
    }


def _costs(dense: Usage, sparse: Usage, others: dict[str, Usage]) -> Figures:
    costs = {"dense": dense, "sparse": sparse, **others}
    return {f"{name}_usd_per_million": used.total_usd_per_million() for name, used in costs.items()}


def _path_figures(used: dict[tuple[str, int], Usage]) -> Figures:
    return {
        f"{path}, {'dense' if size == DENSE else 'sparse'}": {
            "wru": one.wru,
            "rru": one.rru,
            "sqs": one.sqs,
            "lambda": one.lambda_requests,
            "usd_per_million": one.total_usd_per_million(),
        }
        for (path, size), one in used.items()
    }


def _by_profile(used: dict[tuple[str, int], Usage], *, draws: int) -> Figures:
    """Return the cost of daily runs by profile, with the default lead and with one that follows the lag."""
    figures: Figures = {}
    for profile in PROFILES:
        lags = lags_s(profile, draws)
        leads = {"default": LoopSettings().lead.total_seconds(), "following": following_lead_s(lags)}
        figures[profile] = {}
        for name, lead_s in leads.items():
            found = shares(lags, lead_s)
            mixed = sum((used[path, DENSE] * share for path, share in found.by_path.items()), Usage())
            figures[profile][name] = {
                "lead_s": found.lead_s,
                "shares": found.by_path,
                "dense_usd_per_million": mixed.total_usd_per_million(),
            }
    return figures


PARTS = ("writes", "reads", "sqs", "lambda_requests", "lambda_time", "logs", "scheduler", "transitions")


def shown(figures: Figures) -> str:
    """Return the figures as tables."""
    cost, requests = figures["cost"], figures["requests"]
    parts = [
        [name.replace("_", " "), cost[f"{name}_usd_per_million"], *(found[part] for part in PARTS)]
        for name, found in cost["parts"].items()
    ]
    columns = ("wru", "rru", "sqs", "lambda", "usd_per_million")
    paths = [[name, *(found[one] for one in columns)] for name, found in cost["paths"].items()]
    profiles = [
        [
            profile,
            name,
            found["lead_s"],
            *(found["shares"].get(path, 0.0) for path in PATHS[1:]),
            found["dense_usd_per_million"],
        ]
        for profile, leads in cost["by_profile"].items()
        for name, found in leads.items()
    ]
    notes = (
        f"Dense, calls one after the other: ${cost['dense_serial_usd_per_million']:.2f}. Dense and sparse include "
        f"{DUPLICATES:.0%} of duplicates, each at ${cost['duplicate_usd_per_million']:.2f} per million. "
        f"A million new targets: ${cost['per_million_new_targets_usd']:.2f}.\n\n"
        f"A dense recurring run: {requests['wru_per_run']:g} WRU, {requests['rru_per_run']:g} RRU, "
        f"{requests['sqs_per_run']:g} SQS requests, {requests['log_bytes_per_run']:.0f} bytes of log."
    )
    return "\n\n".join(
        [
            "Dollars per million runs. Counted: requests, units, log bytes. Modelled: Lambda's time.",
            table(["one million runs", "$", *(part.replace("_", " ") for part in PARTS)], parts),
            notes,
            "Per run, by the way it takes (counted):",
            table(["path", "WRU", "RRU", "SQS", "Lambda", "$ per million"], paths),
            "Daily runs, dense, by how late TTL is (shares modelled):",
            table(["TTL", "lead", "lead s", *PATHS[1:], "$ per million"], profiles),
        ]
    )


if __name__ == "__main__":
    main("cost", __doc__, measure, shown)
