"""Tables and queues of template.yaml, made in moto."""

from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # moto brings it, without types

TEMPLATE = Path(__file__).parents[2] / "template.yaml"


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # yaml has no types here
    """Reads CloudFormation's short tags as plain values."""


def _plain(loader: _Loader, _suffix: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)


_Loader.add_multi_constructor("!", _plain)

_TABLE_PROPERTIES = (
    "AttributeDefinitions",
    "KeySchema",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "StreamSpecification",
)


def resources() -> dict[str, Any]:
    """Return the resources that the template declares."""
    loaded: dict[str, Any] = yaml.load(TEMPLATE.read_text(), _Loader)["Resources"]
    return loaded


def create_table(client: Any, logical_id: str, name: str) -> str:
    """Create a table as the template declares it, under this name; return the name."""
    declared = resources()[logical_id]["Properties"]
    properties = {key: declared[key] for key in _TABLE_PROPERTIES if key in declared}
    if "StreamSpecification" in properties:
        properties["StreamSpecification"]["StreamEnabled"] = True
    client.create_table(TableName=name, **properties)
    return name
