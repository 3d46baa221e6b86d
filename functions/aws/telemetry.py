"""Logs as lines of JSON, and metrics in CloudWatch's embedded format, on standard output.

Written here and not by a library: two lines a run cost a third of a lean handler's CPU otherwise, and importing what
writes them a fifth of its start (docs/adr/0008-lines-of-json.md).
"""

import json
import logging
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping

from functions.telemetry import Count, Measure
from schedule_model.clock import Clock
from schedule_model.instants import to_text

SERVICE = "hourglass"
NAMESPACE = "Hourglass"

_UNITS: dict[str, str] = {
    Measure.TIMER_LATENESS: "Seconds",
    Measure.RUN_LATENESS: "Milliseconds",
    Measure.PRECISE_WAIT: "Milliseconds",
}
# Source: CloudWatch embedded metric format, "values": at most 100 of a metric in one document.
_VALUES_MAX = 100
_RESERVED = frozenset({"level", "message", "timestamp", "exception", "exception_name"})
# Logs are billed by the byte, so there is no space between them.
_encode = json.JSONEncoder(default=str, ensure_ascii=False, check_circular=False, separators=(",", ":")).encode


class JsonTelemetry:
    """Writes one line per log and one per invocation for its metrics.

    Args:
        clock: for the lines' timestamps.
        level: the least that is logged, such as `INFO`; an unknown one counts as that.
    """

    def __init__(self, clock: Clock, level: str = "INFO") -> None:
        self._clock = clock
        self._least = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
        self._counts: dict[str, int] = {}
        self._measured: dict[str, list[float]] = {}

    def debug(self, message: str, /, **facts: object) -> None:
        """Log what only someone who looks for a fault wants to know."""
        self._log(logging.DEBUG, message, facts)

    def info(self, message: str, /, **facts: object) -> None:
        """Log one step of the loop."""
        self._log(logging.INFO, message, facts)

    def warning(self, message: str, /, **facts: object) -> None:
        """Log what an owner should look at."""
        self._log(logging.WARNING, message, facts)

    def failure(self, message: str, /, *, redact: Callable[[str], str] = str, **facts: object) -> None:
        """Log the exception that is being handled, with its stack as `redact` leaves it."""
        kind, stack = sys.exc_info()[0], redact(traceback.format_exc())
        self._log(logging.ERROR, message, facts, exception_name=kind and kind.__name__, exception=stack)

    def count(self, metric: Count, number: int = 1) -> None:
        """Add to a count."""
        self._counts[metric] = self._counts.get(metric, 0) + number

    def measure(self, metric: Measure, value: float) -> None:
        """Record one value."""
        self._measured.setdefault(metric, []).append(value)

    def flush(self) -> None:
        """Write this invocation's metrics, if there are any."""
        counts, measured = self._counts, self._measured
        self._counts, self._measured = {}, {}
        for values in _documents(counts, measured):
            units = [{"Name": name, "Unit": _UNITS.get(name, "Count")} for name in values]
            directive = {"Namespace": NAMESPACE, "Dimensions": [["service"]], "Metrics": units}
            stamp = int(self._clock.now().timestamp() * 1000)
            head: dict[str, object] = {
                "_aws": {"Timestamp": stamp, "CloudWatchMetrics": [directive]},
                "service": SERVICE,
            }
            _write(head | values)

    def _log(self, level: int, message: str, facts: Mapping[str, object], **more: object) -> None:
        if level < self._least:
            return
        line: dict[str, object] = {
            "level": logging.getLevelName(level),
            "message": message,
            "timestamp": to_text(self._clock.now()),
        }
        for name, fact in facts.items():
            if fact is not None:
                line[f"fact_{name}" if name in _RESERVED else name] = fact
        _write(line | more)


def _documents(counts: Mapping[str, int], measured: Mapping[str, list[float]]) -> Iterator[dict[str, object]]:
    """Yield what each line holds: the counts in the first, and of each measure as many values as one line may hold."""
    length = max([len(values) for values in measured.values()], default=1 if counts else 0)
    for start in range(0, length, _VALUES_MAX):
        part = {name: values[start : start + _VALUES_MAX] for name, values in measured.items() if values[start:]}
        yield {**(counts if start == 0 else {}), **part}


def _write(line: Mapping[str, object]) -> None:
    # One write, so that the lines of several threads never mix; a half surrogate pair must not stop a handler.
    sys.stdout.write((_encode(line) + "\n").encode(errors="replace").decode())
    sys.stdout.flush()
