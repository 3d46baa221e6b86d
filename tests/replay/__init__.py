"""Replays every file in events/ against the built functions, in containers or on the runtime interface emulator."""
