# Every target sets up what it needs: a virtual environment in .venv with exactly what requirements.lock names.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow lint types lock setup

help:  ## show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

demo: $(STAMP)  ## harmonize a tune: demo/ode_to_joy.mid, .wav and .png
	@mkdir -p demo
	$(BIN)/genart harmonize assets/ode_to_joy.mid --seed 7 --force \
		-o demo/ode_to_joy.mid -o demo/ode_to_joy.wav -o demo/ode_to_joy.png

test: $(STAMP)  ## the tests, without the slow ones
	$(BIN)/python -m pytest -q

test-slow: $(STAMP)  ## all tests
	$(BIN)/python -m pytest -q -m ""

lint: $(STAMP)  ## style: ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)  ## types: pyright
	$(BIN)/pyright --pythonpath $(BIN)/python

setup: $(STAMP)  ## only make .venv

lock: $(STAMP)  ## resolve the dependencies anew into requirements.lock
	$(BIN)/uv pip compile --quiet --universal --upgrade --python-version 3.11 --extra all --extra test --extra dev \
		--no-emit-package genart --custom-compile-command "make lock" -o requirements.lock pyproject.toml

# uv takes seconds where pip takes minutes, but does not read pip's settings (mirrors, certificates).
$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install -qq --disable-pip-version-check uv --constraint requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.lock \
		|| $(BIN)/python -m pip install -qq --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
