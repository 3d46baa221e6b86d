"""Reads schedules from EventBridge Scheduler."""

from collections.abc import Iterator, Mapping
from typing import Any

from hourglass.errors import answered


def schedules(
    scheduler: Any, *, group: str | None = None, name_prefix: str | None = None
) -> Iterator[Mapping[str, Any]]:
    """Yield each schedule, as GetSchedule answers it: one ListSchedules call per 100, and a call per schedule.

    Args:
        scheduler: boto3's `scheduler` client.
        group: only of this group; None for all.
        name_prefix: only those whose name begins so; None for all.
    """
    request = {"GroupName": group, "NamePrefix": name_prefix}
    request = {name: value for name, value in request.items() if value is not None}
    while True:
        with answered():
            page = scheduler.list_schedules(**request)
        for one in page["Schedules"]:
            with answered():
                yield scheduler.get_schedule(GroupName=one["GroupName"], Name=one["Name"])
        if not page.get("NextToken"):
            return
        request["NextToken"] = page["NextToken"]
