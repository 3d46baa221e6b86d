"""Sweep: takes the timers that TTL has not removed in time."""
