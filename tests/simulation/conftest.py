"""Tells which days were lived, as fresh ones are drawn anew each time."""

import sys

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the fresh seeds, whether they broke a promise or not."""
    lived = sys.modules.get("tests.simulation.test_simulation")
    if lived is not None:
        terminalreporter.write_line(
            f"fresh days of the simulation: --short --seed {' and '.join(map(str, lived.FRESH))}"
        )
