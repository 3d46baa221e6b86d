"""Dispatch: from a timer to a message on the run queue."""
