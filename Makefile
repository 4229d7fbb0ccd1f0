# Two commands matter: `make book` and `make test`. Everything below works from a bare checkout.
# While writing code, `make check` answers within a minute, without a book.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
LOWEST := .venv-lowest
# Anki's own library opens the decks in the tests; under the AGPL, it is no dependency of anything here.
ANKI   := .venv-anki
HTML   := _build/html
# The browsers that tests run in. On a machine without Debian's packages: ENGINES=chromium make test
export ENGINES ?= chromium firefox webkit

# A file's tests run in one worker, so that what they share, a built book above all, is made once. The last
# files are many and short, which leaves no worker waiting.
SHARED := --dist loadfile --no-loadscope-reorder

.PHONY: book test test-all test-dist check check-lowest lint lab serve dist binder-check mutants lock clean help browser openers \
  new-language coverage drift

book: $(VENV)/.installed     ## build the book in all languages; a warning or a failing cell is an error
	$(BIN)/jupyter-book build . -W --keep-going -n
	@echo; echo "The book is ready. Open $(CURDIR)/$(HTML)/index.html"

test: lint browser book      ## run every test: units, small books, notebooks, the built site in three browsers
	$(BIN)/python -m pytest -n 2 $(SHARED)

test-all: lint browser book  ## the same, with every page in every browser; print coverage
	$(BIN)/python -m pytest -n 2 $(SHARED) --all-pages --cov --cov-report=term

check: lint                  ## the quick tests: lint, types, contracts, docstrings, units, doctests; no book
	$(BIN)/python -m pytest -n 2 $(SHARED) -m "not slow" --hypothesis-profile=quick tests/units src

lint: $(VENV)/.installed-test
	$(BIN)/ruff check . && $(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/numpydoc lint --config . $$(git ls-files 'src/*.py')

check-lowest: $(VENV)/.installed-test     ## run the course's units with the lowest versions that pyproject.toml admits
	mkdir -p _build
	$(BIN)/uv pip compile --quiet --resolution lowest-direct pyproject.toml --output-file _build/lowest.txt
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(LOWEST)
	$(BIN)/uv pip install --quiet --python $(LOWEST) -r _build/lowest.txt -e . \
	  beautifulsoup4 hypothesis ipython nbformat packaging pytest pytest-xdist pyyaml wcwidth
	$(LOWEST)/bin/python -m pytest -n 2 $(SHARED) -m "not slow" tests/units/course

lab: $(VENV)/.installed      ## open JupyterLab with the repository as its root
	$(BIN)/jupyter lab --ServerApp.root_dir="$(CURDIR)"

serve: book                  ## read the built book at http://localhost:8000
	$(BIN)/python -m http.server --directory $(HTML) 8000

dist: book $(VENV)/.installed-dist   ## make what readers take along: PDF, EPUB, cards, worksheets, slides, archives
	@$(MAKE) --no-print-directory browser ENGINES=chromium
	$(BIN)/python -m polyglot_book.take_along _build dist
	@echo; echo "The files are in $(CURDIR)/dist; the landing pages and those for teachers offer them."

test-dist: dist $(VENV)/.installed-test openers   ## open all that `make dist` makes in what readers open it with
	test -d $(ANKI) || { $(BIN)/python -m venv $(ANKI) && $(ANKI)/bin/pip install --quiet -r tests/take_along/anki.txt; }
	$(BIN)/python -m pytest tests/take_along --take-along

mutants: $(VENV)/.installed-test     ## change numerics, proofs, verification in 200 places, one at a time: do tests notice? (an hour)
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r tools/mutants-requirements.txt
	$(BIN)/python tools/mutants.py

binder-check: $(VENV)/.installed-test     ## replay what Binder does, without Docker: install, open and run every notebook
	$(BIN)/python tools/binder_check.py

new-language: $(VENV)/.installed-test     ## begin a language as a draft: make new-language CODE=hi
	@test -n "$(CODE)" || { echo "Which language? make new-language CODE=hi"; exit 1; }
	@$(BIN)/python tools/new_language.py "$(CODE)"

coverage: $(VENV)/.installed-test     ## what each language has of the course, and what it lacks
	@$(BIN)/python tools/language_coverage.py $(CODE)

drift: $(VENV)/.installed-test     ## pages that changed since another language was compared; ACCEPT=hi/formula accepts
	@$(BIN)/python tools/drift.py $(if $(ACCEPT),--accept $(ACCEPT))

lock: $(VENV)/bin/python     ## work out constraints.txt anew from requirements.txt and pyproject.toml
	mkdir -p _build
	$(BIN)/pip install --disable-pip-version-check --quiet -c constraints.txt uv
	grep -v '^-c' requirements.txt > _build/requirements.in
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-emit-package softmax-course \
	  --no-emit-package polyglot-book --no-emit-package live-cells \
	  --extra test --extra take-along --annotation-style line --custom-compile-command "make lock" \
	  _build/requirements.in pyproject.toml src/polyglot_book/pyproject.toml src/live_cells/pyproject.toml --output-file constraints.txt

clean:                       ## remove what the other commands made, the environment included
	rm -rf _build dist $(VENV) $(LOWEST) $(ANKI) .pytest_cache .hypothesis .mypy_cache .ruff_cache .coverage

help:                        ## show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/'

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed; '$(PYTHON)' is $$($(PYTHON) -V 2>&1). Try: make book PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt constraints.txt pyproject.toml src/polyglot_book/pyproject.toml src/live_cells/pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --disable-pip-version-check --progress-bar on -r requirements.txt
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt -e ".[test]" -e "src/polyglot_book[take-along]"
	@touch $@

$(VENV)/.installed-dist: $(VENV)/.installed
	$(BIN)/python -m pip install --disable-pip-version-check --quiet -c constraints.txt -e "src/polyglot_book[take-along]"
	@touch $@

# What opens the files in the tests: EPUBCheck is a program in Java, poppler draws sheets of PDF.
openers:
	@missing=; \
	command -v java >/dev/null || missing="$$missing default-jre-headless"; \
	command -v pdftoppm >/dev/null || missing="$$missing poppler-utils"; \
	if [ -z "$$missing" ]; then exit 0; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing; \
	else echo "The tests need:$$missing. Install them (Debian: sudo apt-get install$$missing)."; exit 1; fi

# The site is tested in real browsers. Debian's packages are used where we may install them; of Chromium the
# shell without a window, in which a page opens four times sooner.
browser:
	@missing=; shells="chromium-headless-shell chromium chromium-browser google-chrome"; \
	may_install() { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; }; \
	if may_install; then shells=chromium-headless-shell; fi; \
	lacks() { package=$$1; shift; for name; do command -v $$name >/dev/null && return; done; missing="$$missing $$package"; }; \
	for engine in $(ENGINES); do case $$engine in \
	  chromium) lacks chromium-headless-shell $$shells;; \
	  firefox) lacks firefox-esr firefox-esr firefox;; \
	  webkit) lacks webkit2gtk-driver WebKitWebDriver; lacks xvfb Xvfb;; \
	esac; done; \
	if [ -z "$$missing" ]; then exit 0; \
	elif may_install; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing; \
	else \
	  echo "The tests need:$$missing. Install them (Debian: sudo apt-get install$$missing) and run 'make test' again,"; \
	  echo "or test in Chromium alone: ENGINES=chromium make test"; exit 1; \
	fi
