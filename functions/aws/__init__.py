"""The only folder that talks to AWS: one adapter per port, and the decoding of events."""
