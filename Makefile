# streamflix: everything runs from a private virtual environment; nothing is installed system-wide.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
SITE := $(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))'
# Most of an integration test is waiting for the provider, so more of them run at once than there are cores.
WORKERS ?= 6
# Tests that share what takes long to set up stay in one process (tests/conftest.py); the order stays, in which those
# that deploy come first.
PYTEST = $(BIN)/pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder
SEED ?= 1
CLIP := .streamflix/demo/demo-clip.mp4

.PHONY: help setup demo test lint bench soak chaos lock clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "make %-8s %s\n", $$1, $$2}'

setup: .venv/.ready ## Set up the virtual environment, Node.js, cdktf-cli and PostgreSQL

LOCKS := requirements/all.lock streamflix_cli/deploy/toolchain/package-lock.json streamflix_cli/local/database/package-lock.json

.venv/.ready: $(LOCKS) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ". Set PYTHON=/path/to/python3.11.")'
	@echo "Setting up .venv (about a minute the first time)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/pip install --quiet --no-compile --disable-pip-version-check --require-hashes -r requirements/all.lock
	@$(BIN)/pip install --quiet --no-compile --disable-pip-version-check --no-deps --no-build-isolation --editable .
# The provider's bindings have 2,130 modules, of which only the ones that the stack imports are compiled.
	@$(BIN)/python -m compileall -q -x '/cdktf_cdktf_provider_aws/|/tests?/' "$$($(SITE))" || true
	@$(BIN)/python -m compileall -q lib streamflix_cli
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -c 'import lib.tap_stack'
	@$(BIN)/python -m streamflix_cli.deploy.toolchain
	@$(BIN)/python -m streamflix_cli.local.database.install
	@touch $@

demo: setup $(CLIP) ## Deploy `local` to the local cloud on this machine, and publish a video through it
	@$(BIN)/streamflix deploy --env local --yes
	@echo
	@$(BIN)/streamflix ingest $(CLIP) --env local --wait
	@echo
	@echo "The local cloud is up; 'make clean' ends it."

# Ten seconds of a moving test picture, and a tone.
$(CLIP): .venv/.ready
	@mkdir -p $(@D)
	@"$$($(BIN)/python -c 'import imageio_ffmpeg; print(imageio_ffmpeg.get_ffmpeg_exe())')" -loglevel error -nostdin -y \
	  -f lavfi -i testsrc2=size=1920x1080:rate=25:duration=10 -f lavfi -i sine=frequency=440:sample_rate=48000:duration=10 \
	  -c:v libx264 -preset veryfast -pix_fmt yuv420p -c:a aac -movflags +faststart $@

lint: setup ## Check style, types and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

.tools/checkov/.ready: requirements/checkov.lock
# Its pinned dependencies contradict the project's, so it has an environment of its own.
	@test -x .tools/checkov/bin/python || $(PYTHON) -m venv .tools/checkov
	@.tools/checkov/bin/pip install --quiet --no-compile --disable-pip-version-check --require-hashes -r requirements/checkov.lock
	@touch $@

test: lint .tools/checkov/.ready ## Run lint, types and all tests
	@$(PYTEST) -m "not soak"

soak: setup ## Run the long tests
	@$(PYTEST) -m soak

chaos: setup ## Kill, freeze, cut and flood a running pipeline, and check what it left (SEED=1)
	@$(BIN)/python -m tests.chaos --seed $(SEED)

bench: setup ## Measure speed as ratios within one run
	@$(BIN)/python -m tests.bench

lock: ## Lock the dependencies anew (needs uv)
	uv pip compile pyproject.toml --all-extras --generate-hashes --universal --python-version 3.11 --no-header --no-annotate -q -o requirements/all.lock
	uv pip compile pyproject.toml --extra worker --constraint requirements/all.lock --generate-hashes --universal --python-version 3.11 --no-header --no-annotate -q -o requirements/worker.lock
	uv pip compile requirements/checkov.in --generate-hashes --universal --python-version 3.11 --no-header --no-annotate -q -o requirements/checkov.lock

clean: ## End the local cloud and remove what was made (the virtual environment stays)
	@if test -x $(BIN)/streamflix; then $(BIN)/streamflix local down; fi
	@rm -rf .streamflix cdktf.out .bench dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
