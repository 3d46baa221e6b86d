"""Measurements: each prints a table for people, and with --json one object for tools."""
