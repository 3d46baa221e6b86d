"""A telemetry that keeps what it is told."""

from dataclasses import dataclass, field

from functions.telemetry import Count, Measure


@dataclass
class KeptTelemetry:
    """Keeps messages and counts."""

    messages: list[str] = field(default_factory=list)
    counts: dict[Count, int] = field(default_factory=dict)

    def debug(self, message: str, /, **facts: object) -> None:
        self.messages.append(message)

    def info(self, message: str, /, **facts: object) -> None:
        self.messages.append(message)

    def warning(self, message: str, /, **facts: object) -> None:
        self.messages.append(message)

    def failure(self, message: str, /, **facts: object) -> None:
        self.messages.append(message)

    def count(self, metric: Count, number: int = 1) -> None:
        self.counts[metric] = self.counts.get(metric, 0) + number

    def measure(self, metric: Measure, value: float) -> None:
        pass

    def flush(self) -> None:
        pass
