"""An AWS account on a moto server, with the stack's tables and queues, for functions that run outside this process.

Not the engine of `make run`: that hands what an event leads to on to the next function, and it is the first alone that
is judged.
"""

import logging
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

from local.template_check import transformed
from tests.contract import partiql

REGION = "eu-central-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
TABLES = {"TargetsTable": "targets", "TimersTable": "timers", "RunsTable": "runs", "IdempotencyTable": "keys"}
QUEUES = {"RUN_QUEUE_URL": "runs", "RUN_DEAD_LETTER_QUEUE_URL": "runs-dead"}
_KEPT = ("AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes")


@dataclass(frozen=True, slots=True)
class Account:
    """Where the server answers, for us and for the functions.

    Attributes:
        endpoint: for this process.
        endpoint_inside: for the functions, which may have another network.
    """

    endpoint: str
    endpoint_inside: str

    def client(self, service: str) -> Any:
        """Return a boto3 client of the account."""
        keys: dict[str, Any] = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        return boto3.client(service, endpoint_url=self.endpoint, region_name=REGION, **keys)

    def queue_url(self, name: str, *, inside: bool = False) -> str:
        """Return a queue's URL; moto tells queues apart by the last part of it."""
        return f"{self.endpoint_inside if inside else self.endpoint}/123456789012/{name}"

    def start_anew(self) -> None:
        """Forget everything, and make the template's tables and queues, empty."""
        reset = urllib.request.Request(f"{self.endpoint}/moto-api/reset", method="POST")
        urllib.request.urlopen(reset, timeout=30).close()
        dynamodb, sqs, resources = self.client("dynamodb"), self.client("sqs"), transformed()["Resources"]
        for logical_id, name in TABLES.items():
            declared = resources[logical_id]["Properties"]
            dynamodb.create_table(TableName=name, **{key: declared[key] for key in _KEPT if key in declared})
        for name in QUEUES.values():
            sqs.create_queue(QueueName=name)

    def variables(self) -> Mapping[str, str]:
        """Return the environment that the functions get, over the template's."""
        places = {f"{logical_id.removesuffix('Table').upper()}_TABLE": name for logical_id, name in TABLES.items()}
        urls = {variable: self.queue_url(name, inside=True) for variable, name in QUEUES.items()}
        # Two shards, as the slots in events/ have it.
        return places | urls | {"SHARDS": "2", "AWS_ENDPOINT_URL": self.endpoint_inside}


@contextmanager
def account(*, address: str = "127.0.0.1", name_inside: str = "127.0.0.1") -> Iterator[Account]:
    """Start a server on an address of this machine; stop it on leaving.

    Args:
        address: to listen on.
        name_inside: by which the functions know this machine.
    """
    partiql.install()
    # One line for each call is for people who look for a fault in moto.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address=address, port=0, verbose=False)
    server.start()
    try:
        _, port = server.get_host_and_port()
        yield Account(f"http://{address}:{port}", f"http://{name_inside}:{port}")
    finally:
        server.stop()
