# SPDX-License-Identifier: Apache-2.0
# `make demo` and `make test` each set up what they need in .venv, then run. Every step of the set-up
# leaves a stamp when it is finished, so that a second run starts at once and an interrupted one
# resumes. ROS 2 workspaces use colcon instead and do not need this file.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
PIP := $(BIN)/python -m pip --disable-pip-version-check install --constraint constraints.txt
INTERFACES := $(wildcard msg/*.msg srv/*.srv action/*.action) \
	CMakeLists.txt cmake/wheels.cmake package.xml setup.py

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test setup clean distclean

help:
	@echo 'make demo [SEED=n]    camera, node and a dialogue between them; report in out/demo/'
	@echo 'make test [ARGS=...]  the tests; ARGS goes to pytest'
	@echo 'make setup            only the set-up that both need, in $(VENV)'
	@echo 'make clean            remove build products; $(VENV) and out/ stay'
	@echo 'make distclean        remove $(VENV), too'
	@echo 'PYTHON=python3.12     uses another Python for the set-up (3.10 to 3.14)'

demo: setup
	$(BIN)/reasonseg demo $(if $(SEED),--seed $(SEED))

test: setup
	$(BIN)/python -m pytest $(ARGS)

setup: $(STAMPS)/interfaces

$(STAMPS)/venv:
	@$(PYTHON) scripts/prerequisites.py
	$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/packages: $(STAMPS)/venv pyproject.toml constraints.txt
	$(PIP) setuptools
	REASONSEG_INTERFACES=OFF $(PIP) --no-build-isolation --editable '.[bags,interfaces,ros,sim,test]'
	@touch $@

# Needs the packages before: setup.py builds the interfaces with the tools among them.
$(STAMPS)/interfaces: $(STAMPS)/packages $(INTERFACES)
	$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

clean:
	rm -rf build install log dist *.egg-info .pytest_cache .hypothesis
	find reasonseg_ros test scripts -name __pycache__ -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV)
