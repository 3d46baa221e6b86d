"""The HTTP API: what the tables and the command line do, over HTTP. It asks the model, and the planner plans."""
