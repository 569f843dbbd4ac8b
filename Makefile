# make quiz   installs everything into .venv and opens the quiz
# make test   installs, then checks and tests everything, as CI does
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
AT_ONCE := -n 2 --dist worksteal
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: quiz test check lint types tests prove smoke bench lock clean

quiz: $(VENV)/installed
	@$(BIN)/quizbook || [ $$? -eq 1 ]

test: $(VENV)/installed-dev
	@$(MAKE) --no-print-directory check

check: lint types tests prove smoke
	@echo "all checks passed"

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache

types: $(VENV)/installed-dev
	$(BIN)/mypy --strict quizbook reference

tests: $(VENV)/installed-dev
	$(BIN)/python -m pytest -q $(AT_ONCE) -m "not slow"
	$(BIN)/python -m pytest -q $(AT_ONCE) -m slow

prove: $(VENV)/installed-dev
	$(BIN)/quizbook bank lint
	$(BIN)/quizbook bank prove
	$(BIN)/quizbook bank lint
	$(BIN)/quizbook exercise verify

smoke: $(VENV)/installed-dev
	$(BIN)/python .ci/smoke.py

bench: $(VENV)/installed-dev
	$(BIN)/python benchmarks/first_question.py
	$(BIN)/python benchmarks/bank.py
	$(BIN)/python benchmarks/study.py
	$(BIN)/python benchmarks/judge.py
	$(BIN)/python benchmarks/classroom.py
	$(BIN)/python benchmarks/reference.py
	$(BIN)/python benchmarks/spacing.py --learners 200

lock: $(VENV)/installed-dev
	$(BIN)/python .ci/lock.py

clean:
	-$(BIN)/quizbook doctor --stop
	rm -rf $(VENV)

$(VENV)/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo "quizbook needs Python 3.11 to 3.13; name one: make PYTHON=python3.11 $(or $(MAKECMDGOALS),quiz)"; exit 1; }
	@echo "installing into $(VENV): a few minutes and about 1.4 GB the first time, most of it torch ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed requirements-dev.lock
	@$(PIP) -r requirements-dev.lock
	@touch $@
