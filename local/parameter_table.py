"""The table of the stack's parameters, made from template.yaml."""

from local.field_tables import row
from local.parameters import bounds_of, declared_parameters


def parameter_table() -> str:
    """Return a table of the template's parameters: name, default, bounds and meaning.

    Raises:
        ValueError: a parameter has no description.
    """
    parameters = declared_parameters()
    if nameless := [name for name, declared in parameters.items() if "Description" not in declared]:
        raise ValueError(f"template.yaml: give {', '.join(nameless)} a Description")
    rows = [
        row(f"`{name}`", _value(declared["Default"]), bounds_of(declared, _value), declared["Description"])
        for name, declared in parameters.items()
    ]
    return "| parameter | default | may be | meaning |\n|---|---|---|---|\n" + "".join(rows)


def _value(value: object) -> str:
    return f"`{value}`" if value != "" else "empty"
