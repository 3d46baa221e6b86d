"""The OpenAPI document keeps its word: what it allows is answered as it says, and what it forbids is refused."""

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode

from functions.api.app import app
from functions.api.opening import document
from tests.integration.api.bridge import bridge
from tests.integration.moto_stack import moto_stack

SCHEMA = schemathesis.openapi.from_dict(document(app))
SCHEMA.app = bridge
# Which texts are schedules, types and cursors is more than a JSON schema can say.
SCHEMA.config.checks.positive_data_acceptance.expected_statuses = ["2xx", "404", "409", "410", "412", "422"]
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}


@pytest.fixture(scope="module")
def _stack():
    with pytest.MonkeyPatch.context() as patch, moto_stack(patch):
        yield


def can_be_wrong(operation):
    """Return whether there is more to get wrong than an id in the path, of which any text is one."""
    raw = OPERATIONS[operation].definition.raw
    return "requestBody" in raw or any(one["in"] != "path" for one in raw.get("parameters", ()))


def try_out(operation, mode):
    @given(case=OPERATIONS[operation].as_strategy(generation_mode=mode))
    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    def answers(case):
        case.call_and_validate()

    answers()


@pytest.mark.usefixtures("_stack")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_the_document_allows_is_answered_as_it_says(operation):
    try_out(operation, GenerationMode.POSITIVE)


@pytest.mark.usefixtures("_stack")
@pytest.mark.parametrize("operation", list(filter(can_be_wrong, OPERATIONS)))
def test_what_the_document_forbids_is_refused(operation):
    try_out(operation, GenerationMode.NEGATIVE)


def test_the_document_is_of_openapi_3_1_and_has_every_operation():
    assert document(app)["openapi"].startswith("3.1")
    assert len(OPERATIONS) == 19
