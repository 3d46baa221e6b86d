"""What cannot be mended here and is told in one line."""


class LocalError(Exception):
    """The machine lacks something; the message is one line that says what to change."""
