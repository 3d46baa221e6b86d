"""The scheduling decisions of Hourglass: pure, without a clock, a network or chance of their own."""

from schedule_model.next_runs import next_runs

__all__ = ["next_runs"]
