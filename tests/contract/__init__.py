"""One suite for each port, passed by every implementation of it."""
