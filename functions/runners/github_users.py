"""Type `github_users`: reads an organization's public members, or all of GitHub's users, page by page."""

from pydantic import Field

from functions.runners.contract import RunContext
from functions.runners.github.pages import GithubParams, read_pages
from functions.runners.github.result import result_of
from functions.runners.network.connection import look_up
from schedule_model.run_result import RunResult

_FIELDS = ("login", "id", "type", "html_url")


class Params(GithubParams):
    """Which users to read.

    Attributes:
        organization: whose public members; left out, every run reads on in the listing of all users.
    """

    organization: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,99}$", examples=["github"])


def run(params: Params, context: RunContext) -> RunResult:
    """Read up to `pages_max` pages; the rate limit, once reached, sets the next run.

    Raises:
        RunnerError: not retryable for a wrong organization or token, retryable when GitHub cannot be reached.
    """
    path = f"/users?per_page=100&since={params.since}"
    if params.organization is not None:
        path = f"/orgs/{params.organization}/public_members?per_page=100"
    listing = read_pages(params, path, context, look_up)
    return result_of(listing, "users", _FIELDS, goes_on=params.organization is None)
