"""Puts results into docs/performance.md between its markers, goals and commands beside them."""

from collections.abc import Callable, Mapping
from typing import Any

from bench import cost, cpu, peers, precise, scale, startup
from bench.goals import GOALS
from bench.plots import bars
from bench.report import Cell, table
from local.paths import ROOT

Results = Mapping[str, Any]

PAGE = ROOT / "docs" / "performance.md"
PLOTS = ROOT / "docs" / "performance"
BEGIN, END = "<!-- results: begin (make bench writes what is between) -->", "<!-- results: end -->"
NONE_YET = "No results are recorded in this checkout; `make bench` measures, and writes them here."

_ALTERNATIVES = (
    "eventbridge_scheduler",
    "eventbridge_scheduler_to_the_second",
    "eventbridge_scheduler_to_the_second_sparse",
    "sqs_delay_chain",
)


def section(results: Results | None) -> str:
    """Return what stands between the markers: the goals, then each bench's tables under its command."""
    if results is None:
        return NONE_YET
    machine = results["machine"]
    parts = [
        f"Python {machine['python']} on {machine['cores']} cores, {machine['system']}.",
        "### Goals",
        table(["goal", "is", "at most", "met", "how"], [_goal(one, results) for one in GOALS]),
    ]
    for name, (title, shown) in SECTIONS.items():
        if name in results:
            parts += [f"### {title}", f"`python -m bench.{name}`", *_plot(name), shown(results)]
    return "\n\n".join(parts)


def _goal(goal: Any, results: Results) -> list[Cell]:
    try:
        found = goal.read(results)
    except KeyError:
        return [goal.of, None, goal.at_most, "not measured", goal.how]
    return [goal.of, float(found), float(goal.at_most), "yes" if found <= goal.at_most else "**no**", goal.how]


def _plot(name: str) -> list[str]:
    return [f"![{name}](performance/{name}.svg)"] if name in PLOTTED else []


def _lateness(results: Results) -> str:
    names = ("p50_s", "p99_s", "p999_s")
    rows = [[profile, *(found[name] for name in names)] for profile, found in results["lateness"].items()]
    head = (
        "Seconds from a run's due instant to its start, by how late TTL is (modelled, real handlers in virtual time):"
    )
    return "\n\n".join([head, table(["TTL", "p50", "p99", "p99.9"], rows)])


SECTIONS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "cost": ("Cost", cost.shown),
    "lateness": ("Lateness", _lateness),
    "precise": ("Precise runs", precise.shown),
    "cpu": ("CPU", cpu.shown),
    "startup": ("Start-up", startup.shown),
    "scale": ("Scale", scale.shown),
    "peers": ("Peers", peers.shown),
}


def _cost_plot(results: Results) -> str:
    parts = results["cost"]["parts"]
    rows = {name.replace("_", " "): parts[name] for name in ("dense", "sparse", *_ALTERNATIVES)}
    return bars(
        "Dollars per million runs",
        {"ours, " * (name in {"dense", "sparse"}) + name: one for name, one in rows.items()},
        unit="$",
    )


def _startup_plot(results: Results) -> str:
    subjects = {name: {"CPU ms": results["startup"][name]["cpu_ms"]} for name in startup.SUBJECTS}
    return bars("CPU of a start, milliseconds", subjects)


def _lateness_plot(results: Results) -> str:
    late = results["lateness"]
    rows = {
        f"{profile}, {name}": {"s": found[f"{name}_s"]}
        for profile, found in late.items()
        for name in ("p50", "p99", "p999")
    }
    return bars("Lateness by TTL profile, seconds (modelled)", rows)


PLOTTED: dict[str, Callable[[Results], str]] = {
    "cost": _cost_plot,
    "lateness": _lateness_plot,
    "startup": _startup_plot,
}


def plots(results: Results) -> dict[str, str]:
    """Return each plot by its file's name."""
    return {f"{name}.svg": draw(results) for name, draw in PLOTTED.items() if name in results}


def section_on_page() -> str:
    """Return what stands between the markers now."""
    return PAGE.read_text().partition(BEGIN)[2].partition(END)[0].strip()


def write(results: Results) -> None:
    """Write the page's section and its plots."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{section(results)}\n\n{END}{after}")
    PLOTS.mkdir(exist_ok=True)
    for name, drawing in plots(results).items():
        (PLOTS / name).write_text(drawing)
