"""What an ARN says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arn:
    """The parts of an ARN.

    Attributes:
        service: such as `sqs`.
        region, account: empty where the service has none.
        resource: all that follows, colons included.
    """

    text: str
    partition: str
    service: str
    region: str
    account: str
    resource: str

    @property
    def queue_url(self) -> str:
        """Return the URL of the queue that this is the ARN of.

        Source: SQS developer guide, "Queue and message identifiers".
        """
        suffix = "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"
        return f"https://sqs.{self.region}.{suffix}/{self.account}/{self.resource}"


def arn_of(text: str) -> Arn:
    """Return the parts; those that a short text lacks are empty."""
    parts = text.split(":", 5)
    _, partition, service, region, account, resource = parts + [""] * (6 - len(parts))
    return Arn(text, partition, service, region, account, resource)
