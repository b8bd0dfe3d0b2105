# Needs make and Python 3.11 or newer; everything else is installed into .venv.
# PYTHON=python3.12 chooses the interpreter, ARGS="-k cart" is handed to pytest.

PY      := .venv/bin/python
UV      := $(shell command -v uv 2>/dev/null)
CORES   := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
WORKERS ?= $(shell test $(CORES) -gt 2 && echo $(CORES) || echo 2)

# Whether an interpreter will do, and which series it is of.
ENOUGH  := -c 'import sys, venv; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null
SERIES  := -c 'import sys; print(sys.version_info[:2])' 2>/dev/null
ASKED   := $(if $(PYTHON),test "`$(PY) $(SERIES)`" = "`'$(PYTHON)' $(SERIES)`",true)
USABLE  := $(PY) $(ENOUGH) && $(ASKED)

# A .venv that came here from another folder, or is not of the series PYTHON asks for, is installed again.
STALE   := $(shell test "`cat .venv/.folder 2>/dev/null`" = "`pwd -P`" && $(USABLE) || echo again)

# What is installed is compiled once: a machine that says no would compile it all again at every start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test test-browser check lint types imports bench prove migrate pins again

help: ## list what can be made
	@awk -F ' *:.*## ' '/^[a-z-]+ *:.*## / { printf "  make %-12s  %s\n", $$1, $$2 }' Makefile

run: .venv/.run ## install, start PostgreSQL, Valkey, API, worker and scheduler, and load the demo store
	@$(PY) -m shoplytics up

test: .venv/.dev ## run the tests (ARGS="tests/kernel -k money" narrows them)
	@$(PY) -m pytest -n $(WORKERS) --dist worksteal $(ARGS)

test-browser: .venv/.dev ## the pages in the Chromium of this machine
	@$(PY) -m pytest -m browser tests/browser $(ARGS)

check: lint types imports test ## everything a change has to pass

lint: .venv/.dev ## ruff: rules and format
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check

types: .venv/.dev ## mypy, strict
	@$(PY) -m mypy

imports: .venv/.dev ## who may import whom (import-linter)
	@.venv/bin/lint-imports

bench: .venv/.dev ## every figure the README claims, measured beside the floor
	@$(PY) -m benchmarks

prove: .venv/.dev ## the promises of SECURITY.md in full, and a mutant of the code for each
	@WORKERS=$(WORKERS) $(PY) -m tests.proofs $(ARGS)

migrate: .venv/.run ## bring the database to the newest migration
	@$(PY) -m shoplytics migrate

PIN := pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	--custom-compile-command "make pins" --quiet $(if $(UPGRADE),--upgrade)
AS_RUN := -c requirements/run.txt --no-annotate

pins: ## pin the requirement files again (needs uv; UPGRADE=1 takes newer releases)
	@test -n "$(UV)" || { echo "make pins needs uv" >&2; exit 1; }
	"$(UV)" $(PIN) pyproject.toml --extra embedded --group build -o requirements/run.txt
	"$(UV)" $(PIN) pyproject.toml --extra embedded --extra s3 --group build --group dev $(AS_RUN) -o requirements/dev.txt
	"$(UV)" $(PIN) pyproject.toml --extra s3 $(AS_RUN) -o requirements/server.txt
	"$(UV)" $(PIN) --group build $(AS_RUN) -o requirements/build.txt
	@! grep -nE '://|--(index|extra-index|find-links)' requirements/*.txt

# $(call install,FILE): the environment if there is none, then exactly the pinned packages, then this project.
define install
@set -e; \
rm -f .venv/.folder; \
if ! { $(USABLE); }; then \
  for python in $(if $(PYTHON),'$(PYTHON)',python3.14 python3.13 python3.12 python3.11 python3 none); do \
    if "$$python" $(ENOUGH); then break; fi; \
  done; \
  "$$python" $(ENOUGH) || { echo "Python 3.11 or newer with its venv module is needed; PYTHON=... names one." >&2; exit 1; }; \
  rm -rf .venv; \
  if test -n "$(UV)"; then "$(UV)" venv --quiet --python "$$python" .venv; else "$$python" -m venv .venv; fi; \
fi; \
echo "Installing $(1) into .venv" >&2; \
if test -n "$(UV)"; then \
  "$(UV)" pip install --quiet --python $(PY) --require-hashes -r $(1); \
  "$(UV)" pip install --quiet --python $(PY) --no-build-isolation --no-deps -e .; \
else \
  $(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null; \
  $(PY) -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r $(1); \
  $(PY) -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .; \
fi; \
pwd -P > .venv/.folder
endef

.venv/.run: requirements/run.txt pyproject.toml $(STALE)
	$(call install,requirements/run.txt)
	@touch .venv/.run

.venv/.dev: requirements/dev.txt requirements/run.txt pyproject.toml $(STALE)
	$(call install,requirements/dev.txt)
	@touch .venv/.run .venv/.dev
