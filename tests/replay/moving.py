"""Events moved in time: the functions read the real clock, and the files in events/ tell of one day in 2026."""

import re
from datetime import UTC, datetime, timedelta

_SLOT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\dZ(?=#)")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
_EPOCH = re.compile(r"(?<![\w.-])(1[78]\d{8})(\d{3})?(?![\w.-])")
_MINUTE, _SECOND = "%Y-%m-%dT%H:%MZ", "%Y-%m-%dT%H:%M:%S"


def moved(text: str, by: timedelta) -> str:
    """Return the text with every instant in it moved: ISO 8601, epoch seconds and milliseconds, slots of timers.

    Args:
        text: JSON, in which instants stand as the files in events/ write them.
        by: whole seconds.
    """

    def slot(found: re.Match[str]) -> str:
        # The seconds of what is due in the slot are 0 in every file, so its minute is that of the moved instant.
        return (datetime.strptime(found[0], _MINUTE).replace(tzinfo=UTC) + by).strftime(_MINUTE)

    def instant(found: re.Match[str]) -> str:
        return (datetime.strptime(found[0], _SECOND).replace(tzinfo=UTC) + by).strftime(_SECOND)

    def epoch(found: re.Match[str]) -> str:
        return f"{int(found[1]) + int(by.total_seconds())}{found[2] or ''}"

    return _EPOCH.sub(epoch, _INSTANT.sub(instant, _SLOT.sub(slot, text)))
