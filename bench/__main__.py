"""Runs every bench, writes bench/results.json and docs/performance.md: `make bench`.

What runs on the embedded engine (bench.on_time, bench.load) is not among them: it takes minutes, and shows an engine.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from bench import page
from bench.report import tell
from local.paths import ROOT

BENCHES = ("cost", "lateness", "precise", "cpu", "startup", "scale", "peers")
QUICKLY = {"lateness": ["--runs", "1000"]}
RESULTS = ROOT / "bench" / "results.json"


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for and return the exit code; results of what is left out are kept."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", default=",".join(BENCHES), help="benches, separated by commas")
    parser.add_argument("--quick", action="store_true", help="as little work as shows the same shape; writes nothing")
    parser.add_argument("--json", action="store_true", help="print the results too")
    options = parser.parse_args(arguments)
    results: dict[str, Any] = {} if options.quick or not RESULTS.exists() else json.loads(RESULTS.read_text())
    for name in options.only.split(","):
        if (ROOT / "bench" / f"{name}.py").exists():
            results |= _run(name, quick=options.quick)
    results["machine"] = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
    }
    if not options.quick:
        RESULTS.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")
        page.write(json.loads(RESULTS.read_text()))
    print(json.dumps(results) if options.json else page.section(results))
    return 0


def _run(name: str, *, quick: bool) -> dict[str, Any]:
    """Run one bench in a process of its own and return its figures.

    One that misses its goals says so with its exit code, and has figures all the same.

    Raises:
        subprocess.CalledProcessError: it failed; it has said why.
    """
    began = time.monotonic()
    command = [sys.executable, "-m", f"bench.{name}", "--json", *(QUICKLY.get(name, ["--quick"]) if quick else [])]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if not done.stdout:
        done.check_returncode()
    tell(f"{name}: {time.monotonic() - began:.0f} s")
    tell("")
    figures: dict[str, Any] = json.loads(done.stdout)
    if name == "lateness":
        # A profile has a key of its own under `lateness`; what else the bench tells goes beside it.
        return {"lateness": figures.pop("lateness"), "lateness_model": figures}
    return figures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
