# SPDX-License-Identifier: Apache-2.0
# `make demo`, `make check` and `make test` each set up what they need in .venv, then run. Every step
# of the set-up leaves a stamp when it is finished, so that a second run starts at once and an
# interrupted one resumes. ROS 2 workspaces use colcon instead and do not need this file.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/stamps
PIP := $(BIN)/python -m pip --disable-pip-version-check install --constraint constraints.txt
INTERFACES := $(wildcard msg/*.msg srv/*.srv action/*.action) \
	CMakeLists.txt cmake/wheels.cmake package.xml setup.py

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo check test test-ros-tools fuzz soak coverage figures fmt hooks setup clean distclean

help:
	@echo 'make demo [SEED=n]    camera, node and a dialogue between them; report in out/demo/'
	@echo 'make check            style, types and structure of the source, in less than a minute'
	@echo 'make test [ARGS=...]  the tests; ARGS goes to pytest'
	@echo 'make test-ros-tools SOURCES="..."  the tests that need vision_msgs, tf2_msgs or launch'
	@echo 'make fuzz [N=700]     damaged files of every kind, N of each; messages, 20 N of each'
	@echo 'make soak [MINUTES=60]  kills, faults of the disk, bursts, cycles, and that long under load'
	@echo 'make coverage         the tests, and which lines of the package they never run'
	@echo 'make figures          how large the package is and how it is cut'
	@echo 'make fmt              put imports in order, and mend what ruff can mend'
	@echo 'make hooks            run make check before every commit'
	@echo 'make setup            only the set-up that all need, in $(VENV)'
	@echo 'make clean            remove build products; $(VENV) and out/ stay'
	@echo 'make distclean        remove $(VENV), too'
	@echo 'PYTHON=python3.12     uses another Python for the set-up (3.10 to 3.14)'

demo: setup
	$(BIN)/reasonseg demo $(if $(SEED),--seed $(SEED))

check: setup
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q test/test_imports.py test/test_structure.py

test: setup
	$(BIN)/python -m pytest $(ARGS)

test-ros-tools: setup
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python scripts/ros_tools.py $(SOURCES)

fuzz: setup
	REASONSEG_FUZZ=$(or $(N),700) $(BIN)/python -m pytest -q test/bags/test_fuzz.py \
		test/cli/test_fuzz_files.py test/core/test_fuzz_decoders.py $(ARGS)

soak: setup
	REASONSEG_SOAK=$(or $(MINUTES),60) REASONSEG_SOAK_FAULTS=200 REASONSEG_TEST_CYCLES=10000 \
		$(BIN)/python -m pytest -q -s -o faulthandler_timeout=0 -k 'campaigns or faults or cycles' test/ros/test_campaigns.py \
		test/core/dialogue/test_store_faults.py test/ros/test_lifecycle.py $(ARGS)

coverage: setup
	$(BIN)/python -m pytest --cov $(ARGS)

figures: setup
	@$(BIN)/python scripts/structure.py

fmt: setup
	$(BIN)/ruff check --fix .

hooks: setup
	$(BIN)/pre-commit install

setup: $(STAMPS)/interfaces

$(STAMPS)/venv:
	@$(PYTHON) scripts/prerequisites.py
	$(PYTHON) -m venv $(VENV)
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/packages: $(STAMPS)/venv pyproject.toml constraints.txt
	$(PIP) setuptools
	REASONSEG_INTERFACES=OFF $(PIP) --no-build-isolation \
		--editable '.[bags,dev,interfaces,ros,sim,test,web]'
	@touch $@

# Needs the packages before: setup.py builds the interfaces with the tools among them.
$(STAMPS)/interfaces: $(STAMPS)/packages $(INTERFACES)
	$(PIP) --no-build-isolation --no-deps --editable .
	@touch $@

clean:
	rm -rf build install log dist *.egg-info .coverage* .hypothesis .mypy_cache \
		.pytest_cache .ruff_cache
	find reasonseg_ros test scripts -name __pycache__ -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV)
