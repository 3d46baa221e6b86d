from pathlib import Path

import pytest
from boto3.dynamodb.types import TypeSerializer

from local.failure import LocalError
from local.target_files import read_targets


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The file of a target."""
    return tmp_path / "mine.json"


def refusal_of(file: Path, content: str) -> str:
    file.write_text(content)
    with pytest.raises(LocalError) as raised:
        read_targets([file])
    return str(raised.value)


@pytest.mark.parametrize(
    "number",
    ["NaN", "Infinity", "-Infinity", "1e400", "1e126", "-1e126", "1e-131", "1" * 40, "1" * 5000, "1." + "1" * 38],
)
def test_a_number_that_no_item_can_hold_is_refused_with_its_field(file: Path, number: str) -> None:
    told = refusal_of(file, f'{{"id": "mine", "params": {{"sizes": [1, {number}]}}}}')

    assert told.startswith(f"{file}: target mine: params.sizes[1] is ")
    assert told.endswith("write a number of at most 38 digits, between 1E-130 and 9.9E+125, or a text in quotes")
    assert len(told) < len(str(file)) + 200


def test_a_number_with_an_exponent_beyond_all_is_refused_too(file: Path) -> None:
    assert "size is " in refusal_of(file, '{"id": "mine", "size": 1e99999999999999999999}')


@pytest.mark.parametrize("number", ["0", "-1", "0.1", "1e125", "9.9e125", "-1e-130", "1" * 38, "0." + "1" * 38])
def test_a_number_that_an_item_can_hold_is_taken_as_it_stands(file: Path, number: str) -> None:
    file.write_text(f'{{"id": "mine", "size": {number}}}')

    (target,) = read_targets([file])

    assert float(TypeSerializer().serialize(target["size"])["N"]) == float(number)


@pytest.mark.parametrize("fields", ["", '"id": 5', '"id": null', '"id": ""', '"id": ["mine"]'])
def test_a_target_without_a_text_as_id_is_refused(file: Path, fields: str) -> None:
    told = refusal_of(file, f"{{{fields}}}")

    assert told == f'{file} is no target: id must be a text; write one, such as "id": "mine"'


@pytest.mark.parametrize("levels", [32, 900])
def test_a_target_that_is_nested_deeper_than_an_item_is_refused(file: Path, levels: int) -> None:
    told = refusal_of(file, f'{{"id": "mine", "params": {"[" * levels}1{"]" * levels}}}')

    assert told == f"{file}: target mine: a field has no name, or stands over 32 levels deep; name it, or nest less"


def test_a_target_that_is_nested_as_deeply_as_an_item_is_taken(file: Path) -> None:
    file.write_text(f'{{"id": "mine", "params": {"[" * 31}1{"]" * 31}}}')

    assert read_targets([file])


def test_a_target_that_is_nested_beyond_reading_is_refused(file: Path) -> None:
    told = refusal_of(file, "[" * 100_000 + "]" * 100_000)

    assert told == f"{file} is no target: it is nested too deeply"


def test_a_file_with_several_targets_is_refused(file: Path) -> None:
    assert refusal_of(file, "[]") == f"{file} is no target: it must hold one JSON object"
