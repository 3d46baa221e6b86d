"""Plan: from an edit of a target to its first timer."""
