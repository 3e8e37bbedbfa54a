# Every task of the workshop. `make help` lists them.
.POSIX:
.DEFAULT_GOAL := help
.PHONY: help run test check format client coverage bench soak lock clean

BIN := .venv/bin

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 12

run: ## start the demo: web, bot and WeChat emulator (PORT, EMULATOR_PORT, HOST, VAR)
	@sh tools/venv.sh requirements.txt
	@exec $(BIN)/python -m backend demo run

test: ready ## run every test, on SQLite and on MariaDB where there is one (ARGS="-k name" for some)
	@exec $(BIN)/python -m tools.run_tests $(ARGS)

check: ready ## style, types, imports, sizes, dependencies, API description, migrations
	@exec $(BIN)/python -m tools.check

format: ready ## let ruff format and fix what it can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

client: ready ## build the H5 client anew into backend/static/m (needs Node), to be committed
	@exec $(BIN)/python -m tools.client

coverage: ready ## which lines no test runs, in the tests too
	@exec $(BIN)/python -m pytest -n auto --cov --cov-report=term $(ARGS)

bench: ready ## measure against the floors on this machine (BENCH=province, hall, sunday, galera … for others; ARGS are passed on)
	@exec $(BIN)/python -m bench$(BENCH:%=.%) $(ARGS)

soak: ready ## 10,500 messages while one call in twenty goes wrong: do the books add up? (ARGS are passed on)
	@exec $(BIN)/python -m bench.soak $(ARGS)

lock: ready ## resolve requirements*.in anew, with hashes, for Python 3.11 and later (ARGS=--upgrade)
	@sh tools/lock.sh $(ARGS)

clean: ## remove what the tools left, keep .venv and var
	@rm -rf .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

.PHONY: ready
ready:
	@sh tools/venv.sh requirements-dev.txt
