"""One file per target type; see contract.py for what such a file holds and registry.py for how it is found."""
