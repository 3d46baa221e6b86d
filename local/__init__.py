"""Hourglass on one machine: the artefact, an embedded engine in place of AWS, and a live view of its runs."""
