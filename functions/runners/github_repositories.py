"""Type `github_repositories`: reads an owner's public repositories, or all of GitHub's, page by page."""

from pydantic import Field, JsonValue

from functions.runners.contract import RunContext
from functions.runners.github.pages import GithubParams, read_pages
from functions.runners.github.result import result_of
from functions.runners.network.connection import look_up
from schedule_model.run_result import RunResult

_FIELDS = ("full_name", "stargazers_count", "forks_count", "open_issues_count", "language", "archived", "pushed_at")


class Params(GithubParams):
    """Whose repositories to read.

    Attributes:
        owner: a user or an organization; left out, every run reads on in the listing of all public repositories.
    """

    owner: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,99}$", examples=["octocat"])


def run(params: Params, context: RunContext) -> RunResult:
    """Read up to `pages_max` pages; the rate limit, once reached, sets the next run.

    Raises:
        RunnerError: not retryable for a wrong owner or token, retryable when GitHub cannot be reached.
    """
    path = f"/repositories?since={params.since}"
    if params.owner is not None:
        path = f"/users/{params.owner}/repos?per_page=100&sort=full_name"
    listing = read_pages(params, path, context, look_up)
    stars: list[JsonValue] = [entry.get("stargazers_count", 0) for entry in listing.entries]
    totals: dict[str, JsonValue] = {"stars": sum(number for number in stars if isinstance(number, int))}
    return result_of(listing, "repositories", _FIELDS, goes_on=params.owner is None, totals=totals)
