.DEFAULT_GOAL := help
PYTHON ?= python3
ARGS ?=
# The project's own environment, made by the first command that needs it.
OURS = $$($(PYTHON) -m local.environments project)

help: ## Show what there is
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

run: python ## Run it all on this machine; options: make run ARGS="--no-demo --for 120" (--help lists them)
	@$(PYTHON) -m local.run $(ARGS)

test: python ## Run every test; a part of them: make test ARGS="tests/unit -k lease"
	@python="$(OURS)" && "$$python" -m pytest $(or $(ARGS),tests)

check: python ## Lint, types, import rules and the template
	@python="$(OURS)" && bin="$$(dirname "$$python")" \
	&& "$$bin/ruff" check && "$$bin/ruff" format --check \
	&& "$$bin/mypy" && "$$bin/lint-imports" && "$$python" -m local.template_check

format: python ## Put the code into its format and mend what ruff can mend
	@python="$(OURS)" && bin="$$(dirname "$$python")" && "$$bin/ruff" check --fix --exit-zero && "$$bin/ruff" format

sim: python ## A virtual day of the loop for each of SEEDS=200, with faults; SEED=7 replays one with a trace
	@python="$(OURS)" && "$$python" -m tests.simulation $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),200)) $(ARGS)

soak: python ## The same with new seeds until MINUTES=60 have passed
	@python="$(OURS)" && "$$python" -m tests.simulation --minutes $(or $(MINUTES),60) --start $$(date +%s) $(ARGS)

mutants: python ## Take away each line that keeps a promise, and show which test notices
	@python="$(OURS)" && "$$python" -m tests.mutants $(ARGS)

bench: python ## Measure everything side by side and write docs/performance.md; a part: make bench ARGS="--only cost"
	@python="$(OURS)" && "$$python" -m bench $(ARGS)

e2e: python ## The end-to-end tests on the embedded engine
	@python="$(OURS)" && "$$python" -m pytest -m e2e tests $(ARGS)

replay: python ## Every file in events/ against the built functions, in containers where an engine can run
	@python="$(OURS)" && "$$python" -m tests.replay $(ARGS)

audit: python ## Ask the advisory database about what runs on Lambda; says so where it cannot be reached
	@$(PYTHON) -m local.audit

build: python ## Build the artefact for AWS
	@$(PYTHON) -m local.environments sam >/dev/null && "$$(dirname "$$($(PYTHON) -m local.environments sam)")/sam" build

reference: python ## Write the tables and schemas in docs/ that come from the models
	@python="$(OURS)" && "$$python" -m local.reference

docs: python ## Build the docs as a site into site/
	@NO_MKDOCS_2_WARNING=1 "$$($(PYTHON) -m local.environments publishing)" -m mkdocs build --strict --quiet && echo "open site/index.html"

docs-serve: python ## Show the docs on http://127.0.0.1:8000 and follow their changes
	@"$$($(PYTHON) -m local.environments publishing)" -m mkdocs serve --dev-addr 127.0.0.1:8000

package: python ## Build the wheel and the source distribution into dist/
	@"$$(dirname "$$($(PYTHON) -m local.environments publishing)")/hatchling" build

clean: ## Remove everything that was made here, environments included
	rm -rf .local .aws-sam dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

python:
	@command -v $(PYTHON) >/dev/null || { echo "hourglass: $(PYTHON) was not found; install Python 3.11 or newer" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	|| { echo "hourglass: needs Python 3.11 or newer; name one: make $(MAKECMDGOALS) PYTHON=python3.13" >&2; exit 1; }

.PHONY: help run test check format sim soak mutants bench e2e replay audit build reference docs docs-serve package clean python
