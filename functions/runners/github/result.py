"""Turns a listing into what a run answers."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from functions.runners.github.pages import Listing
from schedule_model.run_result import RunResult

ENTRIES_RECORDED_MAX = 200


def result_of(
    listing: Listing, kind: str, fields: Sequence[str], *, goes_on: bool, totals: Mapping[str, JsonValue] | None = None
) -> RunResult:
    """Return the run's result: counts, the first 200 entries with their main fields, and when to come back.

    Args:
        listing: what was read.
        kind: what the entries are, as the output calls them.
        fields: which fields of an entry are recorded; those that GitHub left out are left out.
        goes_on: whether the next run continues after the last entry (`new_params.since`).
        totals: sums over all entries, recorded beside their count.
    """
    recorded: list[JsonValue] = [
        {field: entry[field] for field in fields if field in entry} for entry in listing.entries[:ENTRIES_RECORDED_MAX]
    ]
    last_id = listing.entries[-1].get("id") if listing.entries else None
    return RunResult(
        output={
            "count": len(listing.entries),
            **(totals or {}),
            "is_complete": listing.is_complete,
            "is_rate_limited": listing.wait_until is not None,
            "requests_left": listing.requests_left,
            kind: recorded,
        },
        new_params={"since": last_id} if goes_on and isinstance(last_id, int) else None,
        next_run_at=listing.wait_until,
    )
