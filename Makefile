# `make demo` and `make test` are all a newcomer needs; each brings what it lacks. `make` alone lists the rest.
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
MINUTES := 30
WORKERS := $(shell echo $$(( $$(nproc 2>/dev/null || echo 1) + 1 ))) # one more than cores: many tests wait for a server
PARALLEL := -n $(WORKERS) --dist loadfile --no-loadscope-reorder
FAST := not (slow or browser or faults or postgres)
CORE := $(wildcard $(addprefix tests/,rules evaluators notifications sources documents docs tools test_*.py))

.PHONY: help setup test-setup demo up test test-fast faults machines faults-post bundle-bytes check bench docs reference plots screenshots fuzz coverage mutants audit sbom lock clean

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1	\2/p' Makefile | expand -t 18

setup: ## .venv with everything in requirements.lock and Laurea itself
	@tools/setup

test-setup: setup
	@tools/test-setup

demo: setup ## whole rounds on sample data; leaves the portal up
	$(BIN)/laurea demo

up: setup ## portal, clock and post on this machine
	$(BIN)/laurea up

# What was compiled is kept: tests start the house hundreds of times, and pytest writes their assertions anew.
test test-fast: export PYTHONDONTWRITEBYTECODE :=

test: test-setup ## every test, on SQLite and PostgreSQL, in a real browser
	$(BIN)/python -m pytest $(PARALLEL)

test-fast: setup ## rules, evaluators, letters, papers and the house itself: no database, no portal, no patience
	$(BIN)/python -m pytest $(PARALLEL) -m "$(FAST)" $(CORE)

faults: test-setup ## a round disturbed in every way, then killed at random moments (KILLS=200, SCALE=0.02, SEED=2026)
	LAUREA_FAULTS=1 $(BIN)/python -m pytest -p no:cacheprovider -q tests/faults/test_faults.py
	$(BIN)/python -m tests.faults.kills $(or $(KILLS),200) --scale $(or $(SCALE),0.02) --seed $(or $(SEED),2026)

machines: test-setup ## several machines as network namespaces of this one; a worker is cut off in mid-chunk (as root)
	LAUREA_MACHINES=1 $(BIN)/python -m pytest -p no:cacheprovider -q tests/faults/test_machines.py

faults-post: test-setup ## 5,000 letters to a real Postfix, the sender killed three times
	LAUREA_LETTERS=5000 $(BIN)/python -m pytest -s tests/faults/test_post.py

bundle-bytes: setup ## a round's bundle, 1,000 random bytes changed one at a time: each is found (SEED=n)
	$(BIN)/python -m tests.actions.flipped 1000

check: setup ## formatting, lint, types, import laws
	@failed=0; for tool in "ruff format --check --output-format=concise ." "ruff check --output-format=concise ." \
	  mypy "lint-imports --no-logo"; do \
	  echo "== $$tool"; $(BIN)/$$tool || failed=1; \
	done; exit $$failed

bench: setup ## every benchmark, quickly; prints ratios
	@set -e; for file in benchmarks/*.py; do \
	  case $$file in */_*) ;; *) echo "== $$file"; $(BIN)/python $$file --quick ;; esac; \
	done

docs: setup ## the handbook, into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

reference: setup ## the pages of the handbook that are written out of the code
	$(BIN)/python -m tools.reference
	$(BIN)/python tools/who_sees_what.py
	$(BIN)/python tools/personal_data.py

plots: setup ## the handbook's plots, into docs/images/plots/
	$(BIN)/python tools/plots.py

screenshots: test-setup ## pictures of every page of the portal, into docs/images/ (WALKS="letters terms" draws some)
	$(BIN)/python -m tests.browser.screenshots --known --out docs/images $(if $(WALKS),--walks $(WALKS))

fuzz: setup ## what comes in, fuzzed for MINUTES=30; prints what was tried and found
	$(BIN)/python -m tests.fuzz.run --minutes $(MINUTES)

coverage: setup ## which branches of rules/ and evaluators/ their own tests take; fails below 95 %
	$(BIN)/coverage run -m pytest -p no:cacheprovider -q tests/rules tests/evaluators
	$(BIN)/coverage report --fail-under=95

mutants: setup ## small faults put into what decides, and whether the tests notice; hours (MUTANTS='evaluators.selection.*')
	$(BIN)/mutmut run --max-children $(WORKERS) $(if $(MUTANTS),'$(MUTANTS)')
	$(BIN)/mutmut results

audit: setup ## known weaknesses of what the lock pins, where pip-audit reaches its data
	@$(BIN)/uv tool install --quiet pip-audit || true
	@$(BIN)/python tools/audit.py $(shell $(BIN)/uv tool dir --bin 2>/dev/null)/pip-audit

sbom: setup ## a bill of materials of the lock (CycloneDX), into sbom.cdx.json
	@$(BIN)/python tools/sbom.py sbom.cdx.json

lock: setup ## bring requirements.lock up to pyproject.toml (UPGRADE=--upgrade for newer versions)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-config --no-header --group dev $(UPGRADE) pyproject.toml -o requirements.lock

clean: ## what can be made again
	rm -rf .venv site .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage mutants
