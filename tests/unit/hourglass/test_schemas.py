"""The JSON Schema of a target: current, true to the parser where it can be, and usable by a plain validator."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from functions.runners import registry
from hourglass.items import check_target
from hourglass.schemas import target_schema, targets_schema, written
from schedule_model.errors import InvalidTargetError
from schedule_model.target import Target

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "examples").rglob("*.json"))
ONE = Draft202012Validator(target_schema(), format_checker=FormatChecker())
MANY = Draft202012Validator(targets_schema(), format_checker=FormatChecker())

# Refused by the parser, and by the schema already.
WRONG = {
    "type": "htpp",
    "timezone": 1,
    "active": "yes",
    "max_runs": 0,
    "timeout_seconds": "30",
    "retry": {"max_attempts": 187},
    "overlap": "never",
    "starts_at": "tomorrow",
    "except": "2026-12-25",
    "tags": {"team": 1},
    "shedule": "rate(5 minutes)",
    "dead_letter_queue": "letters",
    "params": {"url": "https://example.com/", "methd": "GET"},
}

# Refused by the parser alone: docs/targets.md says that a schema cannot say it.
BEYOND = {
    "schedule": "rate(5 minuets)",
    "timezone": "Europe/Berln",
    "ends_at": "2020-01-01T00:00:00Z",
    "params": {"url": "https://example.com/", "body": "a GET has none"},
    "max_runs": 5.0,
}


def target(**fields: object) -> dict[str, object]:
    return {
        "id": "homepage",
        "type": "http",
        "schedule": "rate(5 minutes)",
        "params": {"url": "https://example.com/"},
        "starts_at": "2026-01-01T00:00:00Z",
        **fields,
    }


@pytest.mark.parametrize(("name", "schema"), [("target", target_schema()), ("targets", targets_schema())])
def test_the_published_schema_is_the_models(name, schema):
    Draft202012Validator.check_schema(schema)

    published = (ROOT / "docs" / "schema" / f"{name}.json").read_text(encoding="utf-8")
    assert published == written(schema), "the models have changed: run `make reference`"


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_every_example_is_valid_by_the_schema(path):
    example = json.loads(path.read_text())

    ONE.validate(example)
    MANY.validate([example])


def test_a_target_without_params_is_valid_only_for_a_type_that_needs_none():
    plain = {"id": "a", "type": "echo", "schedule": "@daily"}

    assert ONE.is_valid(plain)
    assert not ONE.is_valid(plain | {"type": "http"})


def test_every_field_and_every_type_has_its_meaning_in_the_schema():
    schema = target_schema()

    fields = {field.alias or name for name, field in Target.model_fields.items()}
    assert set(schema["properties"]) == fields | {"plan"}
    assert all(field.get("description") for field in schema["properties"].values())
    for name in registry.types():
        params = schema["$defs"][f"params of {name}"]
        assert all(field.get("description") for field in params["properties"].values()), name


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_by_the_schema_is_refused_by_the_parser_too(name):
    wrong = target(**{name: WRONG[name]})

    assert not ONE.is_valid(wrong)
    assert not MANY.is_valid([wrong])
    with pytest.raises(InvalidTargetError, match=name):
        check_target(wrong)


@pytest.mark.parametrize("name", BEYOND)
def test_what_a_schema_cannot_say_is_left_to_the_parser(name):
    wrong = target(**{name: BEYOND[name]})

    assert ONE.is_valid(wrong)
    with pytest.raises(InvalidTargetError, match=name):
        check_target(wrong)


@pytest.mark.parametrize("url", ["<hourglass.target_id>", "https://<ssm:/host>/", "secretsmanager:address"])
def test_a_text_that_a_run_replaces_is_judged_by_neither(url):
    written_so = target(type="sqs", params={"queue_url": url})

    assert ONE.is_valid(written_so)
    assert check_target(written_so)


def test_a_text_that_nothing_replaces_is_judged_by_both():
    wrong = target(type="sqs", params={"queue_url": "my-queue"})

    assert not ONE.is_valid(wrong)
    with pytest.raises(InvalidTargetError, match="queue_url"):
        check_target(wrong)


def test_the_plan_of_a_target_that_was_read_is_let_through():
    assert ONE.is_valid(target(plan={"status": "SCHEDULED", "revision": "1"}))
