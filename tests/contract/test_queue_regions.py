"""Letters for targets' own dead-letter queues in other regions than the stack's."""

import itertools
from typing import Any

import boto3
import pytest

from functions.aws import own_clients
from functions.aws.queue import SqsRunQueue
from functions.ports import DeadLetter
from tests.contract.conftest import Aws

OWN, OTHER = "eu-central-1", "us-west-2"
_numbers = itertools.count()


class Regions:
    """Makes the clients of other regions, and remembers for which it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, region: str) -> Any:
        self.asked.append(region)
        return boto3.client("sqs", region_name=region)


@pytest.fixture
def regions() -> Regions:
    return Regions()


@pytest.fixture
def dead(aws: Aws) -> str:
    return queue(f"dead{next(_numbers)}")


@pytest.fixture
def port(aws: Aws, regions: Regions, dead: str) -> SqsRunQueue:
    return SqsRunQueue(aws.sqs, "https://sqs.eu-central-1.amazonaws.com/1/runs", dead, client_in=regions)


def queue(name: str, region: str = OWN) -> str:
    return str(boto3.client("sqs", region_name=region).create_queue(QueueName=name)["QueueUrl"])


def letters(url: str, region: str = OWN) -> list[str]:
    answer = boto3.client("sqs", region_name=region).receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [message["Body"] for message in answer.get("Messages", ())]


def test_a_letter_goes_to_the_region_that_its_queues_url_names(port: SqsRunQueue, dead: str) -> None:
    here, there = queue("far"), queue("far", OTHER)

    assert port.bury([DeadLetter("body", "why", there)]) == [None]

    assert letters(there, OTHER) == ["body"]
    assert letters(here) == letters(dead) == []


@pytest.mark.parametrize(
    "host", [f"sqs.{OWN}.amazonaws.com", f"{OWN}.queue.amazonaws.com", "queue.amazonaws.com", "localhost:4566"]
)
def test_a_letter_of_the_stacks_region_takes_no_other_client(port: SqsRunQueue, regions: Regions, host: str) -> None:
    url = queue(f"near{next(_numbers)}")
    written = f"https://{host}/{url.split('/', 3)[3]}"

    assert port.bury([DeadLetter("one", "why", written), DeadLetter("two", "why")]) == [None, None]

    assert letters(url) == ["one"]
    assert regions.asked == []


def test_a_letter_whose_queue_is_not_in_the_region_of_its_url_goes_to_the_stacks(port: SqsRunQueue, dead: str) -> None:
    here = queue("here-only")

    assert port.bury([DeadLetter("body", "why", here.replace(OWN, OTHER))]) == [None]

    assert letters(dead) == ["body"]
    assert letters(here) == []


@pytest.mark.usefixtures("aws")
def test_a_regions_client_is_made_once() -> None:
    assert own_clients.client("sqs", OTHER) is own_clients.client("sqs", OTHER)
    assert own_clients.client("sqs", OTHER).meta.region_name == OTHER
