"""The Lambda functions of Hourglass, one folder per step of the loop."""
