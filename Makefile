# Two commands matter: `make book` and `make test`. Everything below works from a bare checkout.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
HTML   := _build/html

.PHONY: book test lab serve dist binder-check lock clean help browser

book: $(VENV)/.installed     ## build the book in all languages; a warning or a failing cell is an error
	$(BIN)/jupyter-book build . -W --keep-going -n
	@echo; echo "The book is ready. Open $(CURDIR)/$(HTML)/index.html"

test: $(VENV)/.installed-test browser book     ## run every test: lint, types, units, notebooks, the built site in Chromium
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python tools/notebooks.py --check book
	$(BIN)/python -m pytest -n 2 --dist worksteal

lab: $(VENV)/.installed      ## open JupyterLab with the repository as its root
	$(BIN)/jupyter lab --ServerApp.root_dir="$(CURDIR)"

serve: book                  ## read the built book at http://localhost:8000 (search needs a server)
	$(BIN)/python -m http.server --directory $(HTML) 8000

dist: book                   ## put one archive per language, to be read offline, into dist/
	mkdir -p dist && cp $(HTML)/downloads/*.zip dist/ && ls -l dist

binder-check: $(VENV)/.installed-test     ## replay what Binder does, without Docker: install, open and run every notebook
	$(BIN)/python tools/binder_check.py

lock: $(VENV)/bin/python     ## work out constraints.txt anew from requirements.txt and pyproject.toml
	mkdir -p _build
	$(BIN)/pip install --disable-pip-version-check --quiet -c constraints.txt uv
	grep -v '^-c' requirements.txt > _build/requirements.in
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-package softmax-course \
	  --extra test --annotation-style line --custom-compile-command "make lock" \
	  _build/requirements.in pyproject.toml --output-file constraints.txt

clean:                       ## remove what the other commands made, the environment included
	rm -rf _build dist $(VENV) .pytest_cache .hypothesis .mypy_cache .ruff_cache

help:                        ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; '$(PYTHON)' is $$($(PYTHON) -V 2>&1). Try: make book PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt constraints.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -r requirements.txt
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt -e ".[test]"
	@touch $@

# The site is tested in a real browser. Debian's package is used where we may install it.
browser:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; \
	else \
	  echo "The tests need Chromium. Install it (Debian: sudo apt-get install chromium) and run 'make test' again."; exit 1; \
	fi
