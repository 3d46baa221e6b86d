"""The embedded engine: ministack, with what our promises lean on made to behave as AWS documents it.

These files run inside the engine's own virtual environment. docs/local.md lists what differs from AWS.
"""
