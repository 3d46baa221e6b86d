"""The command that prints the JSON Schema of targets."""

import click

from hourglass.schemas import target_schema, targets_schema, written


@click.command()
@click.option("--many", is_flag=True, help="Of a file with a list of targets, as `export` writes it.")
def schema(*, many: bool) -> None:
    """Print the JSON Schema of a target, for editors; needs no stack.

    It knows the types and params of this installation. What a schema cannot say, `check` finds.
    """
    click.echo(written(targets_schema() if many else target_schema()), nl=False)


COMMANDS = (schema,)
