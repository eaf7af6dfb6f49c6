# `make` alone lists what there is. Nothing needs to be installed first but Python 3.11.

VENV    := .venv
BENCH   := .venv-bench
SOURCES := deployments serve_app training loadtest k8s scripts tests
# What starts no Ray cluster of its own may run in two processes, of one thread each. The suites
# with the longest tests go first, so that neither process ends long before the other.
QUIET_SUITES := tests/project tests/services tests/unit
QUIET_RUN := OMP_NUM_THREADS=1 $(VENV)/bin/pytest -n 2 --dist loadfile --no-loadscope-reorder $(QUIET_SUITES)
URL     := http://127.0.0.1:8000

.PHONY: help demo serve test coverage lint unit examples loadtest bench chaos-jobs bench-quick evaluate format k8s-config clean

help:           ## list the commands
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 16

demo: $(VENV)/.installed            ## analyse 105 sample posts in ten languages, all of it real, then stop
	@$(VENV)/bin/postlens demo

serve: $(VENV)/.installed           ## serve on http://127.0.0.1:8000 until Ctrl-C
	@exec $(VENV)/bin/postlens serve

test: lint                          ## lint, then the whole suite
	@# A failure in the first run does not keep the second from being seen.
	@status=0; set -x; \
	$(QUIET_RUN) || status=1; \
	$(VENV)/bin/pytest tests/cluster || status=1; exit $$status

coverage: $(VENV)/.installed-dev    ## the whole suite with its coverage, half as long again, and its floor
	$(QUIET_RUN) --cov --cov-report= --cov-fail-under=0
	$(VENV)/bin/pytest --cov --cov-append --cov-report= --cov-fail-under=0 tests/cluster
	$(VENV)/bin/coverage report

lint: $(VENV)/.installed-dev        ## ruff, mypy --strict, import contracts
	$(VENV)/bin/ruff check $(SOURCES)
	$(VENV)/bin/ruff format --check $(SOURCES)
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache

unit: $(VENV)/.installed-dev        ## the tests that need no server, in seconds
	$(VENV)/bin/pytest tests/unit

loadtest: $(VENV)/.installed-dev    ## 30 s of load on a running service, then its table
	$(VENV)/bin/locust -f loadtest/locustfile.py --headless --users 16 --spawn-rate 8 \
		--run-time 30s --host $(URL) --only-summary

chaos-jobs: $(VENV)/.installed-dev  ## 200 x kill -9 while jobs of 20,000 posts run, hours, into docs/evidence/jobs.md
	$(VENV)/bin/python -m loadtest.job_kills --kills 200 --posts 20000

bench: $(BENCH)/.installed          ## measure against goals, version 0.2 and peers, ~90 min, into loadtest/results/RESULTS.md
	$(VENV)/bin/python -m loadtest.bench

bench-quick: $(BENCH)/.installed    ## the same with one small run of each, in minutes
	$(VENV)/bin/python -m loadtest.bench --quick

evaluate: $(VENV)/.installed-dev    ## accuracy beside stock alternatives, on ../shared/data
	$(VENV)/bin/python -m training.evaluate

format: $(VENV)/.installed-dev      ## put the code into the form that lint asks for
	$(VENV)/bin/ruff check --fix $(SOURCES)
	$(VENV)/bin/ruff format $(SOURCES)

examples: $(VENV)/.installed-dev    ## put today's answers into README, API and the cache's dictionary
	PYTHONPATH=. $(VENV)/bin/python scripts/renew_examples.py
	$(VENV)/bin/python -m training.record_dictionary

k8s-config: $(VENV)/.installed-dev  ## put configs/production.yaml into the Kubernetes manifests
	$(VENV)/bin/python -m k8s.generate

clean:          ## remove the environment and every cache
	rm -rf $(VENV) $(BENCH) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage build dist

# Two environments in one: what a user needs, and the development tools on top.
$(VENV)/.installed: pyproject.toml constraints.txt scripts/install
	@echo "Installing into $(VENV) (once; a few minutes) ..."
	@EDITABLE=1 scripts/install $(VENV)
	@touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt scripts/install
	@echo "Installing into $(VENV) with the development tools (once; a few minutes) ..."
	@scripts/install $(VENV) dev
	@touch $@ $(VENV)/.installed

# The servers that the benchmark compares with, over the packages of $(VENV): BentoML cannot
# have the OpenTelemetry that Ray has here, so the two cannot share one environment.
$(BENCH)/.installed: $(VENV)/.installed-dev constraints-bench.txt
	@echo "Installing the peers into $(BENCH) (once; minutes) ..."
	@$(VENV)/bin/python -m venv --clear $(BENCH)
	@$(VENV)/bin/python -c 'import sysconfig as s; print("import site; site.addsitedir(%r)" % s.get_path("purelib"))' \
		> "$$($(BENCH)/bin/python -c 'import sysconfig as s; print(s.get_path("purelib"))')/project.pth"
	@sed '/^opentelemetry/d' constraints.txt | cat - constraints-bench.txt > $(BENCH)/constraints.txt
	@$(BENCH)/bin/pip install -q --disable-pip-version-check \
		-c $(BENCH)/constraints.txt bentoml litserve 2>&1 | { grep -v -e '^WARNING' -e 'incompatible' || true; }
	@$(BENCH)/bin/python -c 'import bentoml, litserve' && touch $@ || \
		echo "The peers could not be installed; their rows will say that they are absent."
