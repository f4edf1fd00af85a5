# make demo · make test · make check · make bench · make chaos · make fuzz · make docs
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PLUGINS := $(wildcard plugins/*/pyproject.toml)
STAMP := $(VENV)/.installed

.PHONY: demo test check lint types laws bench chaos fuzz docs clean install

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt $(PLUGINS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is required, however: $$($(PYTHON) --version). Set PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV): a few minutes the first time"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]' $(foreach p,$(PLUGINS),-e '$(dir $(p))[dev]')
	@touch $@

demo: $(STAMP)
	@$(BIN)/testamur demo --all

# What takes minutes is left to `make chaos`. Two processes share the files of tests, in the order of folders: the longest, which
# start processes of their own, come first. Those that assert a time have the machine to themselves.
# Many tests start Python: what it compiles is kept, whatever the environment says.
test: export OMP_NUM_THREADS ?= 1
test: export PYTHONDONTWRITEBYTECODE :=
test: $(STAMP)
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not alone and not long"
	$(BIN)/python -m pytest -m alone tests/acceptance

check: lint types laws
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/house tests/laws

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

laws: $(STAMP)
	$(BIN)/lint-imports

bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r benchmarks/peers.txt
	@missed=0; for file in benchmarks/*.py; do case $$file in */harness.py) ;; *) $(BIN)/python $$file --write || missed=1 ;; esac; done; exit $$missed

chaos: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m long
	OMP_NUM_THREADS=1 $(BIN)/python -m tests.chaos.run --write

fuzz: $(STAMP)
	TESTAMUR_FUZZ_CASES=2000 $(BIN)/python -m pytest tests/laws/test_hostile_requests.py

docs: $(STAMP)
	$(BIN)/python -m pytest tests/house -k docs

clean:
	rm -rf $(VENV) dist build
