# Two commands do all: `make demo` and `make test`. Each makes .venv itself and is quick the second time.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TORCH_INDEX ?=
export OMP_NUM_THREADS ?= 1

.PHONY: demo test check check-slow lint bench audit engine clean

demo: $(VENV)/core.done
	env -u OMP_NUM_THREADS TORCH_INDEX=$(TORCH_INDEX) $(BIN)/python -m bot demo

test: $(VENV)/dev.done $(VENV)/local.done
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

check: lint
	$(MAKE) --no-print-directory coverage

coverage: $(VENV)/dev.done $(VENV)/local.done
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --cov --cov-report=term --cov-fail-under=$(COVERAGE_FLOOR)

# Test processes side by side: tests wait more than they compute.
WORKERS := 2

# Raised by hand as the suite grows.
COVERAGE_FLOOR := 85

lint: $(VENV)/dev.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check-slow: $(VENV)/dev.done $(VENV)/local.done
	$(BIN)/python -m pytest -m slow --timeout=1800

bench: $(VENV)/dev.done
	$(BIN)/python -m tests.bench

audit: $(VENV)/dev.done
	-$(BIN)/python -m pip_audit -r requirements/core.txt
	-$(BIN)/python -m pip_audit -r requirements/local.txt

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/core.done: requirements/core.txt | $(BIN)/python
	@echo "Fetching the core: about 150 MB, once."
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/core.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

$(VENV)/dev.done: requirements/dev.txt $(VENV)/core.done
	@echo "Fetching what the tests need: about 120 MB, once."
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

# PyTorch first and apart: its build differs by platform. A CPU build is 0.2 GB, CUDA's 3 GB.
$(VENV)/local.done: requirements/torch.txt requirements/local.txt $(VENV)/core.done
	@echo "Fetching PyTorch (0.2 GB as a CPU build; 3 GB with CUDA: see TORCH_INDEX in the README) and the engine, once."
	$(BIN)/python -m pip install --quiet $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) -r requirements/torch.txt
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements/local.txt
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
