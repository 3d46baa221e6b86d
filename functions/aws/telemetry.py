"""Logs and metrics as CloudWatch reads them, by Powertools."""

import logging

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from functions.telemetry import Count, Measure

_UNITS = {Measure.TIMER_LATENESS: MetricUnit.Seconds, Measure.RUN_LATENESS: MetricUnit.Milliseconds}

_RESERVED = frozenset(vars(logging.makeLogRecord({}))) | {
    *("message", "asctime", "level", "timestamp", "service", "location"),
}


class PowertoolsTelemetry:
    """Writes JSON lines to the function's log, metrics in CloudWatch's embedded format among them."""

    def __init__(self) -> None:
        self._logger = Logger(location=None)
        self._metrics = Metrics()
        self._has_metrics = False

    def info(self, message: str, /, **facts: object) -> None:
        """Log one step of the loop."""
        self._logger.info(message, extra=_extra(facts))

    def warning(self, message: str, /, **facts: object) -> None:
        """Log what an owner should look at."""
        self._logger.warning(message, extra=_extra(facts))

    def failure(self, message: str, /, **facts: object) -> None:
        """Log the exception that is being handled."""
        self._logger.exception(message, extra=_extra(facts))  # noqa: LOG004  called by the batch boundary

    def count(self, metric: Count, number: int = 1) -> None:
        """Add to a count."""
        self._metrics.add_metric(name=str(metric), unit=MetricUnit.Count, value=number)
        self._has_metrics = True

    def measure(self, metric: Measure, value: float) -> None:
        """Record one value."""
        self._metrics.add_metric(name=str(metric), unit=_UNITS[metric], value=value)
        self._has_metrics = True

    def flush(self) -> None:
        """Write this invocation's metrics, if there are any."""
        if self._has_metrics:
            self._metrics.flush_metrics()
            self._has_metrics = False


def _extra(facts: dict[str, object]) -> dict[str, object]:
    """Return facts under names that logging takes: a runner may call one `name`, which is the logger's own."""
    return {f"fact_{key}" if key in _RESERVED else key: fact for key, fact in facts.items()}
