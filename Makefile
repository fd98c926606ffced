# One .venv, relative paths only. `make help` lists what there is to make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
EXTRAS := api,worker,stack,provider,demo,test,lint

# The stamp's name holds a checksum of all that decides what is in the .venv, so
# that a second run installs nothing and needs no network, and a changed or moved
# clone is set up anew.
SOURCES := setup.cfg setup.py pyproject.toml constraints.txt $(addprefix src/sptjobs/compiled/,loops.c texts.c texts.h)
STAMP := $(VENV)/.set-up-$(shell { pwd; cat $(SOURCES); } | cksum | cut -d ' ' -f 1)

# The web app: its packages and its build are made anew only when what decides them changed.
WEB := src/cutout-web-app
WEB_PACKAGES = $(WEB)/node_modules/.installed-$(shell cat $(WEB)/package-lock.json 2>/dev/null | cksum | cut -d ' ' -f 1)
WEB_BUILD = src/sptapi/web/.built-$(shell find $(WEB) -name node_modules -prune -o -type f -print 2>/dev/null | LC_ALL=C sort | xargs cat /dev/null | cksum | cut -d ' ' -f 1)
NODE_MISSING = Node 20.19 or newer is missing. Install it: apt-get install nodejs npm, or see https://nodejs.org
HAS_NODE = { command -v npm && node -e 'const [a, b] = process.versions.node.split("."); process.exit(+(a < 20 || (a == 20 && b < 19)))'; } >/dev/null 2>&1

# axe and Lighthouse, at the versions of their lock file.
WEB_TOOLS = tests/web/node_modules/.installed-$(shell cat tests/web/package-lock.json 2>/dev/null | cksum | cut -d ' ' -f 1)

# Loopback never goes through a proxy.
comma := ,
export NO_PROXY := localhost,127.0.0.1,::1$(if $(NO_PROXY),$(comma)$(NO_PROXY))
export no_proxy := $(NO_PROXY)

# Bytecode is kept, whatever the environment says: tests start hundreds of processes, each of which would compile all sources.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: stacks help openapi documents setup demo run web web-checks web-journeys pictures test itest soak bench lint types arch unit parts site journeys keycloak chart chart-files itest-k8s cluster-up cluster-down lab-parts storms chaos fmt lock clean

help: ## list the targets
	@grep -E '^[a-z0-9-]+:.*## ' Makefile | sed -e 's/:.*## /\t/' | sort | \
	  awk -F '\t' '{ printf "  make %-12s %s\n", $$1, $$2 }'

setup: $(STAMP) ## make the .venv with everything in it, at the locked versions

demo: $(STAMP) ## set up, start the stack, cut stamps as a VO client, check them, stop
	@$(BIN)/python -m sptjobs.demo

run: $(STAMP) ## the stack in the foreground; SPT_PORT (8080), SPT_VAR (var/); Ctrl-C stops it
	@if $(HAS_NODE); then $(MAKE) --no-print-directory web; else echo >&2 'The web app is not built; everything else works. $(NODE_MISSING)'; fi
	@exec $(BIN)/python -m sptjobs.stack

web: ## build the web app into the API server's package (Node 20)
	@$(HAS_NODE) || { echo >&2 '$(NODE_MISSING)'; exit 1; }
	@$(MAKE) --no-print-directory "$(WEB_BUILD)"

$(WEB_PACKAGES):
	@echo 'Installing the packages of the web app (once)'
	@cd $(WEB) && npm ci --no-progress --loglevel=error && rm -f node_modules/.installed-* && touch "../../$@"

$(WEB_BUILD): $(WEB_PACKAGES)
	@echo 'Building the web app'
	@cd $(WEB) && npm run --silent build -- --logLevel warn && touch "../../$@"

web-checks: ## lint, types and unit tests of the web app
	@if $(HAS_NODE); then $(MAKE) --no-print-directory "$(WEB_PACKAGES)"; fi
	@if $(HAS_NODE); then cd $(WEB) && npm run --silent lint && npm run --silent test; \
	 elif [ "$$CI" = true ]; then echo >&2 '$(NODE_MISSING)'; exit 1; \
	 else echo >&2 'NOT RUN: the checks of the web app. $(NODE_MISSING)'; fi

test: $(STAMP) ## every test that needs no root: lint, types, architecture, units, engine, API
	@$(MAKE) --no-print-directory -j 2 --output-sync=target lint types arch web-checks
	@$(MAKE) --no-print-directory unit

itest: parts stacks site storms ## what users do, end to end, on a real stack; store, engine and API on PostgreSQL and Redis (installed if missing); the chart by Helm; storms of 360 faults

# At scale 50 every test does what its promise states; docs/soak.md lists which does what.
# The unit tests state few counts: a tenth is plenty, but for those of the engine.
SOAK = $(or $(SPT_TEST_SCALE),50)
soak: parts web $(WEB_TOOLS) $(STAMP) ## the counts and times that the promises state, in hours: SPT_TEST_SCALE (50)
	@$(MAKE) unit SPT_TEST_SCALE=5
	@SPT_TEST_DATABASE=postgresql SPT_TEST_BROKER=redis SPT_TEST_SCALE=$(SOAK) \
	  $(BIN)/python -m pytest -q tests/engine tests/api/test_many_waiters.py $(ARGS)
	@for database in sqlite postgresql; do SPT_TEST_DATABASE=$$database SPT_TEST_SCALE=$(SOAK) \
	  $(BIN)/python -m pytest -q tests/fuzz $(ARGS) || exit 1; done
	@SPT_TEST_SCALE=$(SOAK) $(BIN)/python -m pytest -q tests/web/test_sky_promises.py tests/web/test_pages.py -k "sky_promises or lighthouse" $(ARGS)
	@$(MAKE) journeys chaos SPT_TEST_SCALE=$(SOAK)

# What stamps are compared with, beside what is installed anyway. A file tells which versions are there.
PEERS = fitsio-1.4.2 astrocut-1.4.0 cutana-0.4.0
PEER_STAMPS = $(addprefix var/peers/.,$(PEERS))
$(PEER_STAMPS): | $(STAMP)
	@$(BIN)/pip install -q --upgrade -c constraints.txt --target var/peers $(subst -,==,$(@:var/peers/.%=%)) && touch $@ || \
	  echo "$(@:var/peers/.%=%) could not be installed: it is left out of the comparison"

bench: $(STAMP) $(PEER_STAMPS) ## latency, jobs a second, stamps a second beside other tools; writes records to docs/benchmarks/
	@$(BIN)/python -m tests.bench $(ARGS)

lint: $(STAMP) ## ruff, the format, spelling, and that TOML, YAML and JSON files can be read
	@$(BIN)/ruff check src tests k8s
	@$(BIN)/ruff format --check src tests k8s
	@$(BIN)/codespell src tests docs k8s README.md CHANGELOG.md CONTRIBUTING.md Makefile tox.ini setup.cfg
	@git ls-files -z '*.toml' '*.yml' '*.yaml' '*.json' ':!k8s/charts/*/templates/**' | xargs -0 $(BIN)/python tests/architecture/parse_files.py

types: $(STAMP) ## mypy, strict
	@$(BIN)/mypy

arch: $(STAMP) ## direction of imports, and what a fresh interpreter must not load
	@$(BIN)/lint-imports --config setup.cfg --no-logo
	@$(BIN)/python -m pytest -q tests/architecture

# More processes of tests than cores, because tests wait as long as they compute: a file in one of them, then those
# that measure time. At the soak's counts one process.
SIDE_BY_SIDE = $(if $(SPT_TEST_SCALE),,-n 4 --dist loadfile)

UNIT = tests --ignore=tests/architecture --ignore=tests/journeys --ignore=tests/keycloak --ignore=tests/chaos --ignore=tests/web --ignore=tests/k8s --ignore=tests/cluster --ignore=tests/site

# The files that have any: collecting all of them takes longer than some of these tests.
ALONE = $(shell grep -rlE 'mark\.alone' --include='test_*.py' tests)

unit: $(STAMP)
	@$(BIN)/python -m pytest -q $(SIDE_BY_SIDE) -m 'not alone' $(UNIT) $(ARGS)
	@$(BIN)/python -m pytest -q -m alone $(ALONE) $(ARGS)

PARTS := curl strace fitsverify stilts redis-server postgresql pgbouncer libfaketime openjdk-17-jre-headless maven chromium chromium-driver

# RUNLEVEL=1 keeps the packages' scripts from starting servers: the tests start their own.
parts:
	@(for part in curl strace fitsverify stilts redis-server java mvn chromium chromedriver; do command -v $$part || exit 1; done; \
	  ls /usr/lib/postgresql/*/bin/postgres /usr/sbin/pgbouncer /usr/lib/*/faketime/libfaketimeMT.so.1) >/dev/null 2>&1 || \
	  { [ "$$(id -u)" = 0 ] && apt-get update -q && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
	    apt-get install -qy --no-install-recommends $(PARTS); } || \
	  { echo >&2 'A part is missing. Install it: apt-get install $(PARTS)'; exit 1; }

# But for those which are marked to show the same with any database and broker.
SITE = tests/store tests/site tests/engine tests/api tests/fuzz --ignore=tests/fuzz/maps

site: export SPT_TEST_DATABASE = postgresql
site: export SPT_TEST_BROKER = redis
site: $(STAMP)
	@$(BIN)/python -m pytest -q $(SIDE_BY_SIDE) -m 'not alone and not any_database' $(SITE) $(ARGS)
	@$(BIN)/python -m pytest -q -m 'alone and not any_database' $(filter tests/store/% tests/site/% tests/engine/% tests/api/% tests/fuzz/%,$(ALONE)) $(ARGS)

$(WEB_TOOLS):
	@cd tests/web && PUPPETEER_SKIP_DOWNLOAD=1 npm ci --no-progress --loglevel=error && touch "../../$@"

web-journeys: parts web $(WEB_TOOLS) $(STAMP) ## what users do in the web app, in a browser, on the production build
	@$(BIN)/python -m pytest -q tests/web $(ARGS)

pictures: parts web $(WEB_TOOLS) $(STAMP) ## pictures of every page for the user guide: docs/pictures/
	@$(BIN)/python -m tests.web.pictures

# Keycloak itself comes from Maven Central and stays in the cache folder.
keycloak: $(STAMP)
	@$(BIN)/python -m pytest -q tests/keycloak $(ARGS)

journeys: $(STAMP)
	@$(BIN)/python -m pytest -q tests/journeys $(ARGS)

chart: $(STAMP)
	@$(BIN)/python -m pytest -q tests/k8s $(ARGS)

# Journeys, Keycloak, the web app and the chart at once: a stack waits for most of its time.
stacks: parts web $(WEB_TOOLS) $(STAMP)
	@$(BIN)/python -m pytest -q -n 3 --dist loadfile tests/journeys tests/keycloak tests/web tests/k8s $(ARGS)

openapi: $(STAMP) ## write src/sptapi/openapi.json, of the route table and the resources in src/sptapi/openapi
	@$(BIN)/python -m sptapi.openapi

documents: openapi ## write what documents say of the parameters: README.md, and the description of the API
	@$(BIN)/python -m sptjobs.request.parameter_document README.md

chart-files: $(STAMP) ## make the chart's README and schema of its values.yaml
	@$(BIN)/python k8s/charts/describe.py k8s/charts/spt-api-server

itest-k8s: $(STAMP) lab-parts parts ## the chart on a real Kubernetes: three releases, sign-in, jobs, disturbances (root)
	@$(BIN)/python -m tests.cluster.run $(ARGS)

cluster-up: $(STAMP) lab-parts ## a Kubernetes of one node on this machine (root; builds it the first time: 15 minutes)
	@$(BIN)/python -m k8s.lab up

cluster-down: $(STAMP) ## end it; nothing of it stays but the caches
	@$(BIN)/python -m k8s.lab down

# Debian's container tools, with which no service is started.
LAB_PARTS := containerd runc containernetworking-plugins buildah podman mmdebstrap iptables ipset conntrack nginx-light gcc libc6-dev
lab-parts:
	@{ command -v containerd && command -v runc && command -v buildah && command -v podman && command -v mmdebstrap && \
	   command -v iptables && command -v ipset && command -v nginx && command -v gcc && ls /usr/lib/cni/bridge; } >/dev/null 2>&1 || \
	  { [ "$$(id -u)" = 0 ] && apt-get update -q && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
	    apt-get install -qy --no-install-recommends $(LAB_PARTS); } || \
	  { echo >&2 'A part of the lab is missing. Install it as root: apt-get install $(LAB_PARTS)'; exit 1; }

# Every storm, but not the proofs of the safeguards: those take their time.
storms: $(STAMP)
	@$(BIN)/python -m pytest -q -n 3 --dist loadgroup tests/chaos/test_chaos.py tests/chaos/test_schedule.py $(ARGS)

chaos: parts $(STAMP) ## storms of faults on three whole stacks; SPT_TEST_SEED chooses one, SPT_TEST_SCALE how many
	@$(BIN)/python -m pytest -q tests/chaos $(ARGS)

fmt: $(STAMP) ## format the code and repair what ruff can
	@$(BIN)/ruff check --fix src tests k8s
	@$(BIN)/ruff format src tests k8s
	@cp $(WEB)/src/styles/tokens.css $(WEB)/public/icon.svg src/sptapi/representations/

lock: ## choose the newest allowed versions and write constraints.txt (needs a network)
	@rm -rf .lock-venv && $(PYTHON) -m venv .lock-venv
	@.lock-venv/bin/python -m pip install -q -e '.[$(EXTRAS)]'
	@{ echo '# Exact versions of everything in the .venv. Made by `make lock`; do not edit.'; \
	   .lock-venv/bin/python -m pip freeze --exclude-editable | grep -E '^[A-Za-z0-9._-]+==[^ ]+$$'; } > constraints.txt
	@rm -rf .lock-venv

clean: ## remove the .venv and all caches; maps, jobs and the rest of var/ stay
	@rm -rf $(VENV) $(WEB)/node_modules src/sptapi/web .lock-venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist src/sptjobs/compiled/*.so
	@find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP):
	@command -v $(PYTHON) >/dev/null || { \
	  echo >&2 "$(PYTHON) is missing. Install it: apt-get install python3 python3-venv - or name another: make PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo >&2 "Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo >&2 "$(PYTHON) cannot make virtual environments. Install what is missing: apt-get install python3-venv"; exit 1; }
	@echo 'Setting up $(VENV) (once)'
	@rm -f $(VENV)/.set-up-* src/sptjobs/compiled/*.so
	@[ -x $(BIN)/python ] && $(BIN)/python -c '' 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[$(EXTRAS)]'
	@touch $@
