"""`python -m hourglass`: the command line, where its script is not installed."""

from hourglass.cli.app import main

main()
