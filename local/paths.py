"""Where things are in a checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCAL = ROOT / ".local"
"""Everything that `local/` makes; deleting it is always safe."""
REQUIREMENTS = ROOT / "requirements"
TEMPLATE = ROOT / "template.yaml"
STACK_FILE = LOCAL / "stack.json"
"""Endpoint and outputs of the stack that is up; missing when none is."""
