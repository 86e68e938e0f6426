# Each target does its own set-up into .venv. Needed: Python 3.11 or newer, pip, make.
PYTHON ?= python3
BIN := .venv/bin
PIN := pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock"

.PHONY: demo test check lint format bench eval torture lock clean

demo: .venv/.installed ## the main job, without tokens and without network
	@$(BIN)/papercrier demo

test: .venv/.installed-dev lint ## everything that must hold
	$(BIN)/python -m pytest -n auto

lint: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/.installed-dev ## figures of docs/performance.md; needs PAPERCRIER_TEST_DATA
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	$(BIN)/python -m tests.bench

torture: .venv/.installed-dev ## the proof of delivery; its length is KILLS=200 (and DELIVERIES, SEED)
	$(BIN)/python -m tests.torture

eval: .venv/.installed-dev ## how good the answers are; needs PAPERCRIER_TEST_DATA
	$(BIN)/python -m tests.eval

lock: .venv/.installed-dev ## renew the pinned requirements after a change in pyproject.toml
	$(BIN)/pip install --quiet uv
	$(BIN)/uv $(PIN) --output-file requirements.lock pyproject.toml
	$(BIN)/uv $(PIN) --constraint requirements.lock --extra dev --output-file requirements-dev.lock pyproject.toml
	$(BIN)/uv $(PIN) --constraint requirements-dev.lock --extra dev --extra bench --output-file requirements-bench.lock pyproject.toml

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit("papercrier needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	@touch $@

.venv/.installed: .venv/.made requirements.lock pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/.installed-dev: .venv/.installed requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

clean:
	rm -rf .venv build out *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
