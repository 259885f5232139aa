# The few commands people type. `make` lists them.
# The first tested Python (3.11 to 3.13); else one that is newer. PYTHON=… overrides.
PYTHON ?= $(shell for limit in 14 99; do for p in python3 python3.13 python3.12 python3.11; do \
	if $$p -c "import sys; sys.exit(not (3, 11) <= sys.version_info < (3, $$limit))" 2>/dev/null; \
	then echo $$p; exit; fi; done; done)
VENV := .venv
RUN := $(VENV)/bin/python
FILE ?= ../shared/data/taiwan_dev.csv
WORKERS ?= 2
NPM := .sluice/npm

.DEFAULT_GOAL := help
.PHONY: help demo demo-real demo-reset test bench lint shell

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(VENV)/.demo ## install, start database and broker, migrate, seed, serve; Ctrl-C stops it all
	@$(RUN) -m backoffice.embedded.demo

demo-real: $(VENV)/.demo ## import FILE (19,987 real customers) and apply the starter policy to all of them
	@SLUICE_MODE=demo $(RUN) manage.py demo_real "$(FILE)"

demo-reset: $(VENV)/.demo ## stop the demo's servers and delete its data
	@$(RUN) -m backoffice.embedded reset

test: $(VENV)/.dev $(NPM)/.installed ## run the tests (real PostgreSQL, real broker)
	@SLUICE_MODE=demo $(RUN) -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

bench: $(VENV)/.dev ## run the benchmarks and print the table
	@SLUICE_MODE=demo $(RUN) -m tests.benchmarks $(BENCH)

lint: $(VENV)/.dev ## style, types, import contracts, dependencies, templates, migrations
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@SLUICE_MODE=demo $(VENV)/bin/mypy backoffice compliance accounts risk manage.py
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/deptry .
	@$(VENV)/bin/bandit -q -c pyproject.toml -r backoffice compliance accounts risk
	@$(VENV)/bin/djlint --quiet --lint templates
	@SLUICE_MODE=demo $(RUN) manage.py makemigrations --check --dry-run
	@SLUICE_MODE=demo LOG_LEVEL=WARNING $(RUN) manage.py lintmigrations --quiet ok ignore

shell: $(VENV)/.dev ## Django's shell on the demo database
	@$(RUN) manage.py shell

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Sluice needs Python 3.11 or newer."; exit 1; }
	@echo "· making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	echo "Cannot make $(VENV); if Python's venv module is missing: sudo apt install python3-venv"; exit 1; }

# pip checks every hash; uv does the same, faster, when it happens to be installed.
define install
	@echo "· installing $$(grep -c '==' $(1)) packages from $(1)"
	@rm -f $@.ok
	@if command -v uv >/dev/null 2>&1; \
	then uv pip install --python $(RUN) --require-hashes -r $(1) && touch $@.ok; \
	else ( $(RUN) -m pip install --disable-pip-version-check --require-hashes -r $(1) && touch $@.ok ) \
	| sed -n 's/^Collecting \([^ ]*\).*/  \1/p; s/^Installing .*/· unpacking them/p'; fi
	@test -f $@.ok || { echo "A package could not be installed. Where there is none (musl systems"; \
	echo "such as Alpine): install requirements.lock, set DATABASE_URL and BROKER_URL."; exit 1; }
	@mv $@.ok $@
endef

$(VENV)/.demo: requirements-demo.lock | $(VENV)/bin/python
	$(call install,requirements-demo.lock)

$(VENV)/.dev: requirements-dev.lock | $(VENV)/bin/python
	$(call install,requirements-dev.lock)
	@touch $(VENV)/.demo

# Other people's programs that tests use: an editor of decision models, a checker of accessibility.
$(NPM)/.installed: tests/npm/package-lock.json
	@mkdir -p $(NPM) && cp tests/npm/package.json tests/npm/package-lock.json $(NPM)
	@if ! command -v npm >/dev/null 2>&1; then echo "· no npm here: the tests with dmn-js and axe-core are skipped"; \
	elif npm ci --prefix $(NPM) --ignore-scripts --no-audit --no-fund --loglevel=error; \
	then touch $@; else echo "· dmn-js and axe-core cannot be installed: their tests are skipped"; fi
