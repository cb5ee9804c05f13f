# Every target sets up what it needs: a virtual environment in .venv with the exact versions of requirements.lock.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ARGS ?=
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 2) + 4)')
EXAM := ../shared/exam
INFRA := .venv-infra
BINDINGS := cdktf-cdktf-provider-aws==21.22.1
# What pip says of a long installation, as one line that counts; an error is passed on whole.
TOLD := /^Collecting / { printf "\r  %d packages collected", ++n; fflush() } \
	/^Installing collected/ { printf "\n  installing %d packages\n", NF - 3; fflush() } \
	/ERROR|error:|THESE PACKAGES/ { bad = 1 } bad { print }

.PHONY: demo test test-all test-lowest chaos check lint types floors worlds gate rollout rollout-function smoke \
	infra-check infra-schema infra-costs bench exam lock clean

demo: $(READY)  ## the main job: an incident on the embedded lab, from alarm to outcome
	@$(BIN)/sre-agent demo $(ARGS)

# Many processes start: what is compiled is kept, whatever the environment says. Most of the time tests wait for these, and
# a worker is a copy of one process that has everything loaded: four more than there are cores. A file is one worker's:
# what its tests share is made once.
# Every behaviour is in it. Of a matrix it has as few rows as show every kind of row (tests/sampling.py).
test: $(READY)  ## the tests
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

test-all: $(READY)  ## the tests, and the long runs too: every row of every matrix, chaos, attacks, hostile payloads
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "long or not long" $(ARGS)

# What old versions say about newer ones beside them is no fault of ours.
test-lowest:  ## the tests with the lowest versions that pyproject.toml allows (needs uv)
	uv venv --clear --python $(PYTHON) .venv-lowest
	uv pip install --python .venv-lowest --resolution lowest-direct -e '.[lab,notify,dev]'
	.venv-lowest/bin/python -m pytest -W ignore::DeprecationWarning -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

chaos: $(READY)  ## 300 incidents that are disturbed in every way, and a table of what came of them
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -s -m long tests/incidents/test_chaos.py $(ARGS)

check: lint types floors test  ## everything that has to hold before a commit

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

floors: $(READY)
	$(BIN)/lint-imports

worlds: $(READY)  ## single abilities on made-up recordings, as a table
	@$(BIN)/python -m tests.worlds $(ARGS)

gate: $(READY)  ## whether the results of `worlds` may be merged: ARGS='results.json --base base.json'
	@$(BIN)/python -m infra.checks.gate $(ARGS)

rollout: $(READY)  ## a new image on ECS, by canary: ARGS='IMAGE --service NAME'
	@$(BIN)/python -m infra.checks.rollout $(ARGS)

rollout-function: $(READY)  ## a Lambda function's new version, by canary: ARGS='[FILE] --function NAME'
	@$(BIN)/python -m infra.checks.rollout_function $(ARGS)

smoke: $(READY)  ## whether a deployed responder works: ARGS=https://HOST
	@$(BIN)/python -m infra.checks.smoke $(ARGS)

# Terraform itself checks, against the provider's schema that is kept here: no account, no credentials, no network.
infra-check: $(READY) $(INFRA)/.ready  ## the infrastructure code: format, types, references, plans, policies, checkov
	$(INFRA)/bin/python -m infra.checks $(ARGS)
	AWS_DATA_PATH=$$($(BIN)/python -c 'import botocore; print(botocore.__path__[0] + "/data")') \
		$(INFRA)/bin/python -m infra.checks.actions
	$(INFRA)/bin/cfn-lint infra/terraform/modules/*/templates/*.yaml
	$(BIN)/python -m pytest -q tests/infra
	@mkdir -p $(INFRA)/manifests
	kubectl kustomize infra/kubernetes/overlays/reader > $(INFRA)/manifests/reader.yaml
	kubectl kustomize infra/kubernetes/overlays/writer > $(INFRA)/manifests/writer.yaml
	$(INFRA)/bin/python -m infra.checks.chart $(INFRA)/manifests
	$(INFRA)/bin/kubernetes-validate --strict --quiet infra/kubernetes/*.yaml infra/kubernetes/remedies/*.yaml $(INFRA)/manifests/*.yaml
	$(INFRA)/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(INFRA)/bin/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(INFRA)/bin/check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
	$(INFRA)/bin/check-jsonschema --check-metaschema infra/helm/sre-agent/values.schema.json
	$(INFRA)/bin/actionlint
	$(INFRA)/bin/hadolint Dockerfile
	@if command -v promtool > /dev/null; then promtool check rules infra/prometheus/alerts.yml infra/prometheus/slo.yml \
	&& promtool test rules infra/prometheus/alerts_test.yml; \
	else echo "promtool is not installed: the alert rules were not checked by Prometheus itself"; fi
	$(INFRA)/bin/checkov -d infra/terraform --framework terraform --quiet --compact --skip-download --skip-path '\.terraform'

infra-schema: $(READY)  ## renew the provider's schema for the resources that the modules use
	rm -rf $(INFRA)/bindings
	$(BIN)/python -m pip download -qq --disable-pip-version-check --no-deps -d $(INFRA)/bindings $(BINDINGS)
	$(BIN)/python -m infra.checks.read_schema $(INFRA)/bindings/*.whl

infra-costs: $(READY)  ## what a month of each size costs, from list prices
	@$(BIN)/python -m infra.checks.costs $(ARGS)

bench: $(READY)  ## one table of the figures that matter
	@$(BIN)/python -m tests.bench $(ARGS)

exam: $(READY)  ## recorded incidents with known answers, where they are at hand
	@if [ -d $(EXAM) ]; then $(BIN)/python $(EXAM)/grade.py --replay '$(BIN)/sre-agent replay' $(ARGS); \
	else echo "The exam is not beside this checkout ($(EXAM)); nothing to grade."; fi

LOCK := uv pip compile --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links
lock:  ## renew requirements.lock from pyproject.toml, and from it the lock of the container (needs uv)
	$(LOCK) pyproject.toml --extra lab --extra notify --extra dev -o requirements.lock
	$(LOCK) pyproject.toml infra/container/build.in --extra notify -c requirements.lock -o infra/container/requirements.lock

clean:
	rm -rf $(VENV) $(INFRA) .venv-lowest .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

$(READY): requirements.lock pyproject.toml
	@echo "Setting up $(VENV), once. It takes two to four minutes, longer on a busy machine or a slow line."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@rm -f $(VENV)/.failed
	@{ $(BIN)/python -m pip install --disable-pip-version-check --progress-bar off --require-hashes -r requirements.lock 2>&1 \
		|| touch $(VENV)/.failed; } | awk '$(TOLD)'
	@test ! -e $(VENV)/.failed
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@echo "  compiling sre_agent"
	@$(BIN)/python -m compileall -q sre_agent mcp_servers
	@test -x $(BIN)/sre-agent
	@touch $(READY)

$(INFRA)/.ready: infra/checks/requirements.txt
	@echo "Setting up $(INFRA), once, for checkov and for what speaks with Terraform."
	@test -x $(INFRA)/bin/python || $(PYTHON) -m venv $(INFRA)
	@$(INFRA)/bin/python -m pip install -qq --disable-pip-version-check -r infra/checks/requirements.txt
	@touch $(INFRA)/.ready
