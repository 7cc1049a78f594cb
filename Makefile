# Every door of the project. All of them use one environment, .venv/, made when missing or stale.
PYTHON ?= python3
BIN := .venv/bin
INPUTS := pyproject.toml setup.cfg constraints.txt

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := run
.PHONY: help run ui test faults check bench smoke docs pictures schema wheel clean clean-data

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*  ## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 12

run: .venv/.base  ## the full graph, and where the database and the report are
	@$(BIN)/music-assets run

ui: .venv/.base  ## Dagster's UI and daemon, on http://127.0.0.1:3000
	@$(BIN)/music-assets settings && exec $(BIN)/music-assets ui

test: .venv/.dev .venv/.azurite  ## the test suite
	$(BIN)/python -m pytest -n auto --dist loadgroup

faults: .venv/.dev .venv/.azurite  ## everything that can go wrong outside, all of it: more than an hour
	$(BIN)/python -m pytest -n auto --dist loadgroup -m faults

check: .venv/.dev  ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache

bench: .venv/.dev .venv-peers/.installed  ## what the performance figures in docs/ come from: hours
	$(BIN)/python -m benchmarks.load
	$(BIN)/python -m benchmarks.engines
	$(BIN)/python -m benchmarks.ingest
	$(BIN)/python -m benchmarks.endurance
	$(BIN)/python -m benchmarks.performance

smoke: .venv/.dev  ## the commands in README and docs/, each as a user would type it
	$(BIN)/python -m pytest -m slow music_assets_tests/test_readme.py music_assets_tests/documents

docs: .venv/.docs .venv/.mermaid  ## site/, the documentation as pages that open from disk
	$(BIN)/zensical build --strict
	@cp .venv/.mermaid/node_modules/mermaid/dist/mermaid.min.js site/javascripts/ 2>/dev/null || \
	    echo "The diagrams of the site need a network, since npm could not install Mermaid."
	@echo "The documentation is file://$(CURDIR)/site/index.html"

pictures: .venv/.dev .venv/.azurite  ## docs/images/, of what the tests see in a browser
	@rm -rf build/pictures
	MUSIC_TEST_SCREENSHOTS=$(CURDIR)/build/pictures \
	    $(BIN)/python -m pytest -n 2 --dist loadgroup music_assets_tests/browser
	@cp build/pictures/report.png build/pictures/lineage.png docs/images/ || \
	    { echo "No browser took them; install chromium."; exit 1; }

schema: .venv/.base  ## sql/schema/ and docs/dictionary.md, after a change of the tables or the marts
	$(BIN)/music-assets schema --dialect sqlite > sql/schema/sqlite.sql
	$(BIN)/music-assets schema --dialect mssql > sql/schema/mssql.sql
	$(BIN)/music-assets schema --dialect postgresql > sql/schema/postgresql.sql
	$(BIN)/music-assets dictionary > docs/dictionary.md

wheel: .venv/.dev  ## dist/music_assets-….whl, which jobs on Databricks run
	@rm -rf build dist
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@rm -rf build

clean: $(if $(DATA),clean-data)  ## forget the environments, and with DATA=1 the data
	rm -rf .venv .venv-peers site

clean-data:  ## forget the storage, the database, the history and the login in data/
	rm -rf data

.venv/.base: $(INPUTS)
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("music_assets needs Python 3.11 or newer; name one with make PYTHON=…")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

.venv/.dev: .venv/.base
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

.venv/.docs: .venv/.base
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[docs]'
	@touch $@

# What draws the diagrams of the site, in the reader's browser.
.venv/.mermaid: | .venv/.base
	@mkdir -p $@ && npm install --prefix $@ --silent --no-audit --no-fund mermaid@12.3.0 || rm -rf $@

# What the project is measured against; its versions have no part in the project's own.
.venv-peers/.installed: benchmarks/peers.txt
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --requirement $<
	@touch $@

# What the tests of Blob Storage talk to. Where it cannot be had they are skipped, and say so.
.venv/.azurite: music_assets_tests/package.json | .venv/.base
	@mkdir -p $@ && cp $< $@/ && npm install --prefix $@ --silent --no-audit --no-fund && touch $@ || \
	    { rm -rf $@; echo "npm cannot install Azurite, so the tests against it will be skipped."; }
