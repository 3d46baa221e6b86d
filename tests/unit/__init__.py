"""Each rule on the cases that we can name."""
