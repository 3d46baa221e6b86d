"""Execute: from a message to a recorded run and the next timer."""
