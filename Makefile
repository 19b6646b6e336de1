# Cairn. `make run` starts it, `make test` tests it; no other set-up is needed.
PYTHON ?= python3
ADDRESS ?= 127.0.0.1:8000
VENV := .venv
BIN := $(VENV)/bin
ROOMS := accounts concepts config curriculum graphs jobs llm mastery research tutor vectorstore
export HF_HUB_OFFLINE := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run test test-all check format clean demo lock schema

help: ## Show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# torch goes first and alone: any other order can bring gigabytes of GPU packages.
$(VENV)/.runs: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "Cairn needs Python 3.11; this is $$($(PYTHON) -V 2>&1). Try: make run PYTHON=python3.11"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q "$$(grep '^torch==' requirements.txt)"
	$(BIN)/python -m pip install -q -r requirements.txt
	@touch $@

$(VENV)/.develops: $(VENV)/.runs requirements-dev.txt
	$(BIN)/python -m pip install -q -r requirements-dev.txt
	@touch $@

.env:
	@printf 'DEBUG=1\n' > .env

run: $(VENV)/.runs .env ## Start web server and worker with the sample course (Ctrl-C stops both)
	@exec $(BIN)/python manage.py serve --sample --address $(ADDRESS)

test: $(VENV)/.develops .env ## Run the tests that need no server, broker or browser
	$(BIN)/python -m pytest -n 2 -m "not service and not browser and not postgres"

test-all: $(VENV)/.develops .env ## Run every test, also those that need PostgreSQL and Chromium
	$(BIN)/python -m pytest

check: $(VENV)/.develops .env ## Lint, types, architecture, migrations and API schema
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file $(VENV)/openapi.yaml
	diff -u docs/openapi.yaml $(VENV)/openapi.yaml
	$(BIN)/mypy .

format: $(VENV)/.develops ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schema: $(VENV)/.runs .env ## Write docs/openapi.yaml anew after a change of the API
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

demo: $(VENV)/.runs .env ## Play the whole loop in the terminal on a throw-away database
	@$(BIN)/python manage.py demo

lock: $(VENV)/.develops ## Pin all requirements anew from the .in files
	$(BIN)/python -m pip install -q pip-tools
	for name in requirements requirements-dev; do $(BIN)/pip-compile -q --strip-extras --no-header \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host $$name.in -o $$name.txt || exit 1; done
	sed -i 's/^\(torch==[0-9.]*\)+cpu/\1/' requirements.txt

clean: ## Remove the virtual environment, caches and the local database
	rm -rf $(VENV) var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache htmlcov .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
