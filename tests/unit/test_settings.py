"""A stack's settings, from the environment."""

import pytest

from functions.aws import own_clients
from functions.settings import RECORDING_MARGIN, InvalidSettingError, loop_settings, names
from schedule_model.settings import LoopSettings
from tests.unit.examples import seconds


def test_without_an_environment_every_setting_has_its_default() -> None:
    assert loop_settings({}) == LoopSettings()


def test_the_defaults_keep_the_loops_promises() -> None:
    settings = LoopSettings()

    assert settings.lead > seconds(900)
    assert settings.horizon > seconds(120)
    assert settings.horizon < settings.lead
    assert settings.lease > settings.run_timeout


def test_a_call_that_stalls_is_made_again_before_the_function_ends() -> None:
    config = own_clients.client("sqs", "eu-central-1").meta.config

    assert config.connect_timeout + config.read_timeout < RECORDING_MARGIN.total_seconds()
    assert config.retries["total_max_attempts"] > 1


def test_every_setting_can_be_turned() -> None:
    environment = {
        "LEAD_SECONDS": "60",
        "HORIZON_SECONDS": "121",
        "SHARDS": "1",
        "LEASE_SECONDS": "30",
        "RUN_TIMEOUT_SECONDS": "20",
    }

    settings = loop_settings(environment)

    assert settings == LoopSettings(seconds(60), seconds(121), 1, seconds(30), seconds(15))


@pytest.mark.parametrize("name", ["LEAD_SECONDS", "HORIZON_SECONDS", "SHARDS", "LEASE_SECONDS", "RUN_TIMEOUT_SECONDS"])
@pytest.mark.parametrize("text", ["", "-1", "many", " 60", "nan", "inf", "1.", "1_000", "1000000001", "9e9", "9" * 40])
def test_what_is_no_number_is_refused_by_its_name(name: str, text: str) -> None:
    with pytest.raises(InvalidSettingError, match=f"^{name} is {text!r}"):
        loop_settings({name: text})


@pytest.mark.parametrize(("text", "meant"), [("1320.0", 1320), ("1320.25", 1321), ("1.32e3", 1320), ("9E+2", 900)])
def test_a_number_that_is_not_written_as_a_whole_one_is_taken(text: str, meant: int) -> None:
    assert loop_settings({"LEAD_SECONDS": text}).lead == seconds(meant)


def test_a_fraction_of_what_can_only_be_whole_is_the_next_whole_number() -> None:
    assert loop_settings({"SHARDS": "4.5"}).shards == 5


@pytest.mark.parametrize(("name", "text"), [("HORIZON_SECONDS", "119"), ("SHARDS", "0"), ("LEASE_SECONDS", "1")])
def test_a_setting_that_would_break_a_promise_is_refused(name: str, text: str) -> None:
    with pytest.raises(InvalidSettingError, match="at least"):
        loop_settings({name: text})


def test_a_function_that_was_not_given_a_name_has_an_empty_one() -> None:
    assert names({"TARGETS_TABLE": "t"}).targets == "t"
    assert names({"TARGETS_TABLE": "t"}).runs == ""
