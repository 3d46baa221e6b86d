"""The parameters that `make run` gives to the SAM CLI, as SAM's own parser reads them."""

import json
import subprocess

from local import environments
from local.stack import _overrides

PARSER = """
import json, sys
from samcli.cli.types import CfnParameterOverridesType
print(json.dumps(CfnParameterOverridesType().convert(tuple(sys.argv[1:]), None, None)))
"""


def test_sam_takes_every_value_as_it_stands() -> None:
    environments.make([environments.SAM], print)
    values = ["140", "127.0.0.1, 10.0.0.1", "", " a ", "'a'", "it's", "A=b C=d", "a\nb", "$HOME `a` %s é"]
    parameters = {f"Parameter{number}": value for number, value in enumerate(values)}

    command = [str(environments.python_of(environments.SAM)), "-c", PARSER, *_overrides(parameters)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)

    assert json.loads(told.stdout) == parameters
