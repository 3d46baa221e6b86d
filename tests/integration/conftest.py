"""The stack on moto, new for each test."""

from collections.abc import Iterator

import pytest

from tests.integration.moto_stack import Stack, moto_stack


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    with moto_stack(monkeypatch) as made:
        yield made
