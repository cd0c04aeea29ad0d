# `make run` and `make test` are all one needs to type: each sets up what it needs, and is quick when that is done.

python := .venv/bin/python
for_run := config/bootstrap.sh requirements.txt
for_work := config/bootstrap.sh requirements-dev.txt
# Real servers for one command, gone afterwards; DATABASE_URL and REDIS_URL are used instead where set.
with_servers := $(python) -m config.embedded --
with_browser := export CHROMIUM="$$(cat .venv/chromium)"; exec $(with_servers)
templates := $$(find templates -name '*.html')

.PHONY: run test proof check format-check lint imports types templates migrations deployment format lock

run: # the console with its demo tenants on http://localhost:8000, until Ctrl-C
	@$(for_run)
	@$(python) -m config.supervisor --end-with-parent

test: # every kind of test, with small counts, in two halves at once; ARGS="-k indicator" chooses
	@$(for_work) --browser .venv/chromium
	@export CHROMIUM="$$(cat .venv/chromium)"; exec $(python) -m tests $(ARGS)

proof: # every test with full counts, then every benchmark
	@$(for_work) --browser .venv/chromium
	@export PROOF=1; $(with_browser) $(python) -m pytest -m "proof or not proof"
	@for name in $$(ls benchmarks | sed -n 's/^\([a-z][a-z_]*\)\(\.py\)\{0,1\}$$/\1/p'); do \
		$(with_servers) $(python) -m benchmarks.$$name || exit 1; \
	done

check: format-check lint imports types templates migrations deployment

format-check:
	@$(for_work)
	$(python) -m ruff format --check .

lint:
	@$(for_work)
	$(python) -m ruff check .

imports:
	@$(for_work)
	.venv/bin/lint-imports

types:
	@$(for_work)
	DEBUG=true $(python) -m mypy

templates:
	@$(for_work)
	.venv/bin/djade --check $(templates)
	$(python) -m djlint --lint --quiet templates

migrations: # none is missing
	@$(for_work)
	$(with_servers) $(python) manage.py makemigrations --check --dry-run

deployment: # Django's own list for production, on settings as production has them
	@$(for_work)
	DEBUG=false BASE_URL=https://licences.example SECRET_KEY="$$($(python) -c 'import secrets; print(secrets.token_urlsafe(50))')" \
		$(with_servers) $(python) manage.py check --deploy --fail-level WARNING

format: # what the machine can tidy by itself
	@$(for_work)
	$(python) -m ruff check --fix .
	$(python) -m ruff format .
	.venv/bin/djade $(templates)

compile := .data/uv/bin/uv pip compile --universal --generate-hashes --python-version 3.12 --quiet --no-header --no-emit-index-url

lock: # pin what pyproject.toml asks for, with hashes
	@$(for_run)
	$(python) -m venv .data/uv
	.data/uv/bin/pip install --quiet uv
	$(compile) pyproject.toml -o requirements.txt
	$(compile) --group dev -c requirements.txt pyproject.toml -o requirements-dev.txt
