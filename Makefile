# make up    sets everything up and runs the platform until Ctrl-C
# make test  sets everything up and runs all tests but those that need the real servers
# make servers, make test-real  the real servers, and the tests that need them

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.ready
SETUP_DEV := $(VENV)/.ready-dev

.DEFAULT_GOAL := help
.PHONY: help set-up up test servers servers-up test-real soak night boards-drawn lint scan scan-http bench lock clean

help: ## Say what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST)

$(VENV)/.python: deploy/check_python.sh
	@sh deploy/check_python.sh $(PYTHON)
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(SETUP): $(VENV)/.python requirements/run.lock pyproject.toml
	@echo "Installing what Stadspuls needs into $(VENV) (once; about half a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(SETUP_DEV): $(SETUP) requirements/dev.lock
	@echo "Installing what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@touch $@

set-up: $(SETUP) ## Install what running needs, and end

up: $(SETUP) ## Run the platform until Ctrl-C
	@exec $(BIN)/stadspuls up

test: $(SETUP_DEV) ## Run all tests but those on the real servers
	@$(BIN)/python -m pytest --ignore=tests/real $(ARGS)

servers: $(SETUP) ## Install the real Mosquitto, Kafka and InfluxDB, and prove that they start
	@$(BIN)/stadspuls servers install

servers-up: $(SETUP) ## Run those servers until Ctrl-C
	@exec $(BIN)/stadspuls servers start

test-real: $(SETUP_DEV) ## Run the tests on the real servers
	@$(BIN)/python -m pytest --require-servers tests/real $(ARGS)

soak: $(SETUP_DEV) ## Three seeds of sixty faults and long outages on the real servers (about an hour)
	@STADSPULS_SOAK_SEEDS=1,2,3 STADSPULS_SOAK_FAULTS=60 $(BIN)/python -m pytest --require-servers tests/real/faults/test_promise.py $(ARGS)

night: $(SETUP_DEV) ## Break everything that a rule watches, on the real servers, sixty times as fast (about ten minutes)
	@STADSPULS_NIGHT_PACE=60 $(BIN)/python -m pytest --require-servers tests/real/night $(ARGS)

boards-drawn: $(SETUP_DEV) ## Draw every board of two cities and of the platform into build/boards, after six minutes of life
	@STADSPULS_DRAWN_BOARDS=build/boards $(BIN)/python -m pytest --require-servers tests/real/boards/test_drawn_boards.py $(ARGS)

lint: $(SETUP_DEV) ## Style, types, import directions
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest tests/test_imports.py

scan: ## Ask what is known of the libraries; look for secrets and careless configuration (needs the internet)
	@PYTHON=$(PYTHON) .ci/scan

scan-http: $(SETUP_DEV) ## Ask every route of a running platform ten thousand questions
	@STADSPULS_SCAN_CASES=10000 $(BIN)/python -m pytest -s tests/platform/test_scan.py $(ARGS)

bench: $(SETUP_DEV) ## Measure speed on this machine
	@$(BIN)/python -m benchmarks $(ARGS)

lock: $(SETUP) ## Write the lock files anew
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml requirements/build.in -o requirements/run.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header --extra dev pyproject.toml requirements/build.in -c requirements/run.lock -o requirements/dev.lock

clean: ## Remove what the other targets made, except data/
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache *.egg-info
