# Everything a new machine needs is installed into .venv by the first target that asks for it.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TOOLS := $(VENV)/tools
# Only files whose hashes stand in locks/ are installed, then the project itself, built with what is installed.
LOCKED := -m pip install --quiet --disable-pip-version-check --require-hashes --requirement
ITSELF := -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .

.PHONY: demo chat test torture lint bench lock audit licences clean

$(INSTALLED): pyproject.toml locks/dev.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing (a few minutes the first time: torch is large) ..."
	$(BIN)/python $(LOCKED) locks/dev.txt
	$(BIN)/python $(ITSELF)
	@touch $@

demo: $(INSTALLED)
	@$(BIN)/python tools/demo.py

chat: $(INSTALLED)
	@test -f demo/library/library.db || $(BIN)/python tools/demo.py < /dev/null > /dev/null
	@MODACLIP_BOT_DIR=demo/bot $(BIN)/modaclip --library demo/library chat

test: $(INSTALLED)
	@tools/browser.sh
	$(BIN)/python -m pytest

torture: $(INSTALLED)
	$(BIN)/python $(LOCKED) locks/torture.txt
	$(BIN)/python -m tests.torture $(ORDEALS)

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(INSTALLED)
	$(BIN)/python $(LOCKED) locks/bench.txt
	$(BIN)/python -m benchmarks

# Tools that only who looks after dependencies needs, apart from what they look at.
$(TOOLS)/.installed:
	$(PYTHON) -m venv $(TOOLS)
	$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check uv pip-audit
	@touch $@

# Writes what pyproject.toml asks for into locks/; versions that stand there stay, unless UPGRADE=--upgrade.
lock: $(TOOLS)/.installed
	TOOLS=$(TOOLS)/bin tools/lock.sh $(UPGRADE)

# Asks the Python packaging advisory database about every locked version, and whether all are as new as is promised.
audit: $(TOOLS)/.installed
	$(TOOLS)/bin/pip-audit --disable-pip --require-hashes \
	    --requirement locks/dev.txt --requirement locks/bench.txt --requirement locks/torture.txt
	$(TOOLS)/bin/python -m tools.overdue

licences: $(INSTALLED)
	$(BIN)/python -m tools.licences

clean:
	rm -rf demo $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache
