"""Promises tested by their absence: each mutant takes away a line that keeps one, and a test has to notice."""
