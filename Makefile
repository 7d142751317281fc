# Everything a new machine needs is installed into .venv by the first target that asks for it.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: demo chat test torture lint bench clean

$(INSTALLED): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing (a few minutes the first time: torch is large) ..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
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
	$(BIN)/python -m tests.torture $(ORDEALS)

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(INSTALLED)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[bench]"
	$(BIN)/python -m benchmarks

clean:
	rm -rf demo $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache
