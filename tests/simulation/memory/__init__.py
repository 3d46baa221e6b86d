"""Every port in memory: the same answers as the adapters to AWS, at no cost and in any time."""

from tests.simulation.memory.clock import VirtualClock
from tests.simulation.memory.crew import InlineCrew
from tests.simulation.memory.queue import MemoryRunQueue
from tests.simulation.memory.runners import ScriptedRunners
from tests.simulation.memory.runs import MemoryRuns
from tests.simulation.memory.table import Change, Table
from tests.simulation.memory.targets import MemoryTargets
from tests.simulation.memory.telemetry import Recorder
from tests.simulation.memory.timers import MemoryTimers
from tests.simulation.memory.users import (
    MemoryComingTimers,
    MemoryIdempotencyKeys,
    MemoryRunHistory,
    MemoryWrittenTargets,
)

__all__ = [
    "Change",
    "InlineCrew",
    "MemoryComingTimers",
    "MemoryIdempotencyKeys",
    "MemoryRunHistory",
    "MemoryRunQueue",
    "MemoryRuns",
    "MemoryTargets",
    "MemoryTimers",
    "MemoryWrittenTargets",
    "Recorder",
    "ScriptedRunners",
    "Table",
    "VirtualClock",
]
