"""What AWS charges, and how long its calls are taken to last: every constant of the cost model, in one place.

List prices of us-east-1, without free tiers. Source: the pricing pages of DynamoDB (on-demand), SQS, Lambda (arm64),
EventBridge Scheduler, Step Functions (standard) and CloudWatch, as of November 2026.
"""

from dataclasses import dataclass, fields

WRU_USD = 0.625e-6
RRU_USD = 0.125e-6
SQS_REQUEST_USD = 0.40e-6
LAMBDA_REQUEST_USD = 0.20e-6
LAMBDA_GB_SECOND_USD = 13.3334e-6
"""arm64; x86_64 is 16.6667e-6."""
LOG_GB_USD = 0.50
SCHEDULER_INVOCATION_USD = 1.00e-6
STATE_TRANSITION_USD = 25e-6

MEMORY_GB = 0.5
"""template.yaml's MemorySize."""
VCPU_SHARE = 512 / 1769
"""Lambda gives a function as much of a vCPU as it has of 1,769 MB. Source: Lambda guide, "Configure memory"."""

LATENCY_S = {"DynamoDB": 0.005, "SQS": 0.010}
"""How long an answer takes to come: stated, not measured."""
CPU_PER_REQUEST_S = 0.0009
"""CPU of a whole vCPU that one boto3 call takes; `python -m bench.cpu` measures it here."""
CPU_PER_ITEM_S = 0.0001
"""And for each item, statement or message in it."""
THREADS = 16
"""As many calls as a function makes at once."""
BILLED_STEP_S = 0.001

PLATFORM_LOG_BYTES = 0
"""What Lambda itself logs for an invocation: nothing where SystemLogLevel is WARN, as in template.yaml.

The alternatives get the same. In its text format its three lines are 270 bytes. Source: Lambda guide, "Log-level
filtering".
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one run used, on average, of everything that is billed."""

    wru: float = 0
    rru: float = 0
    sqs: float = 0
    lambda_requests: float = 0
    gb_seconds: float = 0
    log_bytes: float = 0
    scheduler: float = 0
    transitions: float = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def __mul__(self, factor: float) -> "Usage":
        return Usage(*(getattr(self, one.name) * factor for one in fields(self)))

    def __sub__(self, other: "Usage") -> "Usage":
        return self + other * -1

    def usd_per_million(self) -> dict[str, float]:
        """Return the dollars for a million runs, by what they are paid for."""
        return {
            "writes": 1e6 * self.wru * WRU_USD,
            "reads": 1e6 * self.rru * RRU_USD,
            "sqs": 1e6 * self.sqs * SQS_REQUEST_USD,
            "lambda_requests": 1e6 * self.lambda_requests * LAMBDA_REQUEST_USD,
            "lambda_time": 1e6 * self.gb_seconds * LAMBDA_GB_SECOND_USD,
            "logs": 1e6 * self.log_bytes / 1e9 * LOG_GB_USD,
            "scheduler": 1e6 * self.scheduler * SCHEDULER_INVOCATION_USD,
            "transitions": 1e6 * self.transitions * STATE_TRANSITION_USD,
        }

    def total_usd_per_million(self) -> float:
        """Return the dollars for a million runs."""
        return sum(self.usd_per_million().values())
