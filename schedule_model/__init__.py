"""The scheduling decisions of Hourglass: pure, without a clock, a network or chance of their own."""
