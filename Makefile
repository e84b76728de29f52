# The words that people and CI use. Everything works on a fresh machine with Python 3.11+.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
DESKTOP := .venv/.desktop
BUILT := dist/cloudanno/cloudanno

.PHONY: run test check histories soak bench package test-package setup lock

run: setup            ## open the window; without a display, do the same journey headless
	@sh scripts/run.sh

test: $(DESKTOP)      ## every test
	$(BIN)/python -m pytest -n 2 --dist loadgroup --ignore=tests/package

check: setup          ## style, types, import contracts, and the lanes without Qt and TensorFlow
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/check_size.py
	sh scripts/lane.sh "PySide6 shiboken6 pyqtgraph" --ignore=tests/gui --ignore=tests/journey
	sh scripts/lane.sh "tensorflow keras coremltools" --ignore=tests/training --ignore=tests/export --ignore=tests/gui --ignore=tests/journey

histories: setup      ## 1,000 random histories in which other programs touch photos and journal: HISTORIES=1000
	CLOUDANNO_OUTSIDE_HISTORIES=$(or $(HISTORIES),1000) $(BIN)/python -m pytest -n 2 tests/labels/test_outside_histories.py

soak: $(DESKTOP)      ## two hours at the window in some minutes: ACTS=3600 SEED=1 TRAININGS=3
	@folder=$$(mktemp -d) && CLOUDANNO_HOME=$$folder/home AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b AWS_DEFAULT_REGION=us-east-1 \
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.support.soak $$folder $(or $(ACTS),3600) $(or $(SEED),1) $(or $(TRAININGS),3)

bench: setup          ## every figure of docs/benchmarks.md, measured again
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

package: setup        ## the installer's folder, in dist/
	$(BIN)/python -m pip install -q -c requirements.lock -e '.[package]'
	$(BIN)/pyinstaller --noconfirm build.spec
	@touch $(BUILT)

test-package: $(DESKTOP) $(BUILT) ## the built program against the source, without Python in its reach
	$(BIN)/python -m pytest tests/package

lock:                 ## write the exact versions of this environment
	$(BIN)/python -m pip freeze --exclude-editable | grep -v '^pip==' > requirements.lock

setup: $(READY)

$(BUILT): build.spec requirements.lock $(shell find cloudanno_desktop resources -type f ! -name '*.pyc')
	@$(MAKE) package

$(READY): pyproject.toml requirements.lock scripts/system_packages.sh
	sh scripts/system_packages.sh window $(PYTHON)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q -c requirements.lock -e '.[train,dev]'
	@touch $@

$(DESKTOP): $(READY)
	@sh scripts/system_packages.sh desktop && touch $@ || echo "Tests with real drags are skipped."
