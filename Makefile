# wsauth: `make` compares every strategy × backend on a real server, `make test` proves it.
# Everything is installed into .venv from hashed requirements; nothing is needed but python3, venv, pip and make.

PYTHON ?= python3
PORT ?= 8000
BASE ?= main
ARGS ?=

bin := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := compare
.PHONY: compare test test-browser test-commands test-services test-storms cluster serve bench bench-save bench-compare load load-test \
	lint matrix peers requirements clean

compare: .venv/.lab            ## run the comparison; ARGS="--quick", "--pairs 'cookie/*'", "--help"
	@$(bin)/python manage.py compare $(ARGS)

test: .venv/.lab               ## run the tests; ARGS="-k origin", "--strategy cookie --backend session"
	@$(bin)/python -m pytest -q --numprocesses auto --maxprocesses 4 --dist loadfile --benchmark-disable \
		--cov --cov-report=term $(or $(ARGS),--cov-fail-under=100)

test-browser: .venv/.browser   ## the lab's page and the report in a real browser, the system's chromium: skipped where that is missing
	@$(bin)/python -m pytest -q -m browser $(ARGS)

test-commands: .venv/.lab      ## the slow ones that run the measuring commands as a person does, and interrupt them
	@$(bin)/python -m pytest -q -m "commands and not services and not storms" $(ARGS)

test-services: .venv/.lab      ## the slow ones, against PostgreSQL, Redis and nginx: skipped where those are missing
	@$(bin)/python -m pytest -q -m services $(ARGS)

test-storms: .venv/.lab        ## the slow ones that let a whole storm loose, for each thing that a storm measures
	@$(bin)/python -m pytest -q --benchmark-disable -m storms $(ARGS)

cluster: .venv/.lab            ## the lab by two processes behind nginx; ARGS="--port 8080 --processes 2"
	@$(bin)/python manage.py cluster $(ARGS)

serve: .venv/.lab              ## the lab with its page in the browser; PORT=8000
	@$(bin)/python manage.py serve --port $(PORT)

bench: .venv/.lab              ## in-process benchmarks, side by side; ARGS="-k 'find or verify'"
	@$(bin)/python -m bench.benchmarks run -- $(ARGS)

bench-save: .venv/.lab         ## the same, and keep the run as BASE
	@$(bin)/python -m bench.benchmarks save $(BASE) -- $(ARGS)

bench-compare: .venv/.lab      ## the same, and compare with the run kept as BASE; exit codes: docs/benchmarks.md
	@$(bin)/python -m bench.benchmarks compare $(BASE) -- $(ARGS)

load: .venv-load/.load         ## visitors with Locust: ARGS="--headless -u 100 -t 30s"; see docs/load.md
	@.venv-load/bin/locust -f bench/load/locustfile.py $(ARGS)

load-test: .venv/.lab .venv-load/.load  ## the same with two workers, as a test
	@WSAUTH_LOAD=1 $(bin)/python -m pytest -q tests/bench/load $(ARGS)

lint: .venv/.dev               ## style, types, import layers
	@$(bin)/ruff check
	@$(bin)/ruff format --check
	@$(bin)/mypy
	@$(bin)/lint-imports

matrix: .venv/.dev             ## Python 3.11–3.13 × Django 5.2–6.1; interpreters that are missing are skipped
	@$(bin)/nox $(ARGS)

peers: .venv-peers/.peers      ## an environment with published packages to be measured against: bench/peers/README.md

# Extras stay in the pins: pip before 23.3 doesn't apply `name==1` to a requirement of `name[extra]`, and then finds a
# newer release that has no hash.
requirements: .venv/.dev       ## pin pyproject.toml's groups anew
	@set -e; compile="$(bin)/uv pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
		--no-strip-extras --python-version 3.11 pyproject.toml"; \
	$$compile --group lab --group test --output-file requirements.txt; \
	$$compile --group lab --group test --group dev --constraints requirements.txt --output-file requirements-dev.txt; \
	$$compile --group browser --constraints requirements.txt --output-file requirements-browser.txt; \
	$$compile --group peers --constraints requirements.txt --output-file requirements-peers.txt; \
	$$compile --group load --output-file requirements-load.txt

clean:                         ## remove what the targets made
	rm -rf .venv .venv-load .venv-peers build dist report .benchmarks .pytest_cache .mypy_cache .ruff_cache .hypothesis .nox .coverage

# A stamp per group: a second run installs nothing and says nothing.
.venv/.lab: requirements.txt
	@test -x $(bin)/python || $(PYTHON) -m venv .venv
	@$(bin)/pip install --quiet --require-hashes -r $<
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.lab
	@$(bin)/pip install --quiet --require-hashes -r $<
	@touch $@

.venv/.browser: requirements-browser.txt .venv/.lab
	@$(bin)/pip install --quiet --require-hashes -r $<
	@touch $@

.venv-peers/.peers: requirements.txt requirements-peers.txt
	@test -x .venv-peers/bin/python || $(PYTHON) -m venv .venv-peers
	@for file in $^; do .venv-peers/bin/pip install --quiet --require-hashes -r $$file || exit 1; done
	@touch $@

# An environment of its own: Locust patches sockets and threads, and needs nothing of the lab.
.venv-load/.load: requirements-load.txt
	@test -x .venv-load/bin/python || $(PYTHON) -m venv .venv-load
	@.venv-load/bin/pip install --quiet --require-hashes -r $<
	@touch $@
