"""The one place that says which version this is: the package, the command, requests and the template follow it."""

VERSION = "0.1.0"
"""Semantic version; CHANGELOG.md says what changed in each."""

USER_AGENT = f"hourglass/{VERSION}"
"""What a runner's requests call themselves, unless a target says otherwise. Source: RFC 9110, section 10.1.5."""
