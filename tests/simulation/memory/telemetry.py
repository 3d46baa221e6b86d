"""Telemetry that remembers."""

import sys
from collections import Counter
from collections.abc import Callable

from functions.telemetry import Count, Measure


class Recorder:
    """Counts and keeps what the handlers tell; log lines only when asked to."""

    def __init__(self, *, keeps_lines: bool = True) -> None:
        self.counts: Counter[Count] = Counter()
        self.measured: list[tuple[Measure, float]] = []
        self.lines: list[tuple[str, str, dict[str, object]]] = []
        self.exceptions: list[BaseException] = []
        self._keeps_lines = keeps_lines

    def debug(self, message: str, /, **facts: object) -> None:
        """Keep a part of a step."""
        if self._keeps_lines:
            self.lines.append(("DEBUG", message, facts))

    def info(self, message: str, /, **facts: object) -> None:
        """Keep one step of the loop."""
        if self._keeps_lines:
            self.lines.append(("INFO", message, facts))

    def warning(self, message: str, /, **facts: object) -> None:
        """Keep what an owner should look at."""
        if self._keeps_lines:
            self.lines.append(("WARNING", message, facts))

    def failure(self, message: str, /, *, redact: Callable[[str], str] = str, **facts: object) -> None:
        """Keep the exception that is being handled."""
        error = sys.exc_info()[1]
        if error is not None:
            self.exceptions.append(error)
        if self._keeps_lines:
            self.lines.append(("ERROR", message, facts | {"error": redact(repr(error))}))

    def count(self, metric: Count, number: int = 1) -> None:
        """Add to a count."""
        self.counts[metric] += number

    def measure(self, metric: Measure, value: float) -> None:
        """Keep one value."""
        self.measured.append((metric, value))

    def flush(self) -> None:
        """Do nothing: it is all here."""
