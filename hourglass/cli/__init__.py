"""The command line: `hourglass`."""
