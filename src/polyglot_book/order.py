"""When each part of the extension runs: one table of priorities, by event, in order of time.

Sphinx calls the listeners of an event by rising number; 500 is what it gives those who ask for
none. Listeners with the same number run in the order in which they were connected: Sphinx and the
extensions named before this one in ``_config.yml`` first, then the modules of `polyglot_book.PARTS`
in turn.
"""

from __future__ import annotations

#: For whoever depends on nobody, and whom nobody else depends on.
DEFAULT = 500

# config-inited: the configuration has been read.

#: Before anything is read or written.
LOCK_FOLDER = 0
#: Before everybody: all other parts ask for the registry.
READ_REGISTRY = 1
#: Before others meet what is not there.
CHECK_EXTENSIONS = 2
#: Before Sphinx, at 800, checks that the folders exist.
ADD_TEMPLATES = DEFAULT
#: After MyST-NB has added the names of its files to what is no page.
KEY_ON_SOURCES = DEFAULT
#: Before intersphinx, at 800, puts the mapping into its form.
ADD_MAPPINGS = 700
#: After the book theme has filled in its options, which these change.
PLACE_SWITCHER = DEFAULT
PLACE_FOOTER = DEFAULT
ADD_PREVIEW_IMAGE = DEFAULT
NO_GENERAL_INDEX = DEFAULT
CHOOSE_MATH_RENDERER = DEFAULT
NO_THEME_SEARCH = DEFAULT
OVERRIDE_ADDRESSES = DEFAULT
SEPARATE_CITATIONS = DEFAULT
READ_WORDS = 900
#: After sphinx-external-toc, at 900, has read the table of contents.
NEST_PAGES = 905
#: After READ_WORDS; and after Sphinx, at 800, has made its formats of numbers out of its own
#: translations, which the build environment compares between builds.
INSTALL_TRANSLATORS = 910

# builder-inited: the builder and its theme are there.

#: Before all other parts.
CHECK_BUILDER = 1

#: After the themes, which bring catalogs of their own.
INSTALL_THEME_TRANSLATORS = DEFAULT
REWRITE_HIDDEN_CELLS = DEFAULT
#: After intersphinx, at 500, has loaded its inventories.
PREPARE_INVENTORIES = 600
#: After all collectors are connected: they are, as soon as Sphinx has been set up.
TAKE_OVER_NUMBERING = DEFAULT
NO_SPHINX_INDEX = DEFAULT
SEPARATE_LABELS = DEFAULT

# env-get-outdated: what has changed since the last build is known.

REMOVE_ORPHANS = DEFAULT
FIND_STALE_PAGES = DEFAULT

# env-before-read-docs: pages are going to be read.

#: Before notebooks are run: what can be told without takes seconds.
CHECK_SOURCES = 400
#: Before notebooks are run, after all of these checks.
REPORT_SOURCES = 450
EXECUTE_NOTEBOOKS = DEFAULT

# source-read: the text of a page is there, and about to be parsed.

CHOOSE_CACHE = DEFAULT

# env-purge-doc: a page is to be read anew, or is gone.

FORGET_DESCRIPTION = DEFAULT
FORGET_GLOSSARY = DEFAULT
FORGET_AMOUNT = DEFAULT
#: Before Sphinx, which then finds nothing more to forget.
FORGET_LABELS = DEFAULT
#: After sphinx-exercise and sphinx-proof, at 500: see `labels.separate_attribute`.
PUT_LABELS_BACK = 900

# env-merge-info: another process has read some of the pages.

ADD_LABELS = DEFAULT

# doctree-read: a page has been read.

KEEP_DESCRIPTION = DEFAULT
KEEP_AMOUNT = DEFAULT
COLLECT_IMAGES = DEFAULT
DEFINE_COMMANDS = DEFAULT

# env-get-updated: all pages have been read; what other pages must be written?

ASSIGN_NUMBERS = DEFAULT
FIND_CHANGED_SURROUNDINGS = DEFAULT

# env-updated: the environment is whole.

#: Before formulas too: they take longer.
CHECK_IMAGES = 400
RENDER_FORMULAS = DEFAULT

# doctree-resolved: a page is about to be written; its references have their texts.

#: After references have been resolved, before compounds: an ending belongs to the formula first.
TAKE_SUFFIXES = 900
#: After references, which give texts to links, and after formulas have taken their endings.
KEEP_COMPOUNDS_TOGETHER = 950

# html-page-context: a page's template is about to be filled in.

#: Before all others: they ask for words, and templates for the page's language.
SET_LANGUAGE = 1
#: Before the themes, at 500, make buttons of it.
CHOOSE_REPOSITORY = 400
#: Before the themes, at 500: they make contents and buttons from what is set here.
NAVIGATE = 400
CHOOSE_TEMPLATE = 400
#: Before the themes add to the head.
DESCRIBE_PAGE = 450
PLACE_PAGE = DEFAULT
DESCRIBE_ORIGIN = DEFAULT
#: The order of these two is the order of their scripts.
ADD_SEARCH_DIALOG = DEFAULT
ADD_PAGE_SCRIPT = DEFAULT
ADD_GLOSSARY_SCRIPT = DEFAULT
ADD_CARDS_SCRIPT = DEFAULT
ADD_EXERCISE_SCRIPT = DEFAULT
#: After the scripts of what asks: what was answered is given back to them.
ADD_PROGRESS_SCRIPT = DEFAULT
ADDRESS_QUESTIONS = DEFAULT
OFFER_ARCHIVE = DEFAULT
#: After the archive: it stands below.
OFFER_FILES = 505
#: After the book theme, at 500, which sets author and search text for every page anew.
RESTORE_AUTHOR = 510
#: After the book theme, at 501, has put its launch buttons there.
WORD_LAUNCH_BUTTONS = 600
#: After every part that adds a sheet or a script.
BUNDLE_ASSETS = 950

# html-collect-pages: all pages of the book are written; others may follow.

LEAVE_LAST_PAGE = DEFAULT

# build-finished: all pages are written.

#: Before sphinx-external-toc, at 500, which writes this page unless it is there.
WRITE_ENTRANCE = 90
#: Before the report, which lists what these ask for and do not find.
WORD_SCRIPTS = 100
WRITE_MANIFEST = 100
#: Before the site is finished: that would be in vain.
REPORT_UNTRANSLATED = 110
WRITE_SITEMAP = DEFAULT
#: After Sphinx has copied images, which is before this event.
SHORTEN_DRAWINGS = DEFAULT
#: After Sphinx has copied it, which is before this event.
SPEED_SCRIPTS = DEFAULT
#: After Sphinx and the themes, at 500, have copied what is bundled here.
WRITE_BUNDLE = 800
#: After the last change to a page that search should see.
INDEX_PAGES = 850
#: The same: what it reads is parsed once.
WRITE_CARDS = 850
WRITE_PROGRESS = 850
#: After WRITE_BUNDLE, which asks for the formulas' font.
SAVE_FORMULAS = 900
#: After the last change to a page: it holds hashes of the page's inline scripts.
PROTECT_PAGES = 940
#: After all files of the site are there.
WRITE_ARCHIVES = 950
#: Last: everything before may warn or ask for words.
FORGET_FLAWED_BUILD = 999
UNINSTALL_TRANSLATORS = 999
#: After all others, those of other extensions too.
UNLOCK_FOLDER = 10_000

# Transforms, another scale: while a page is read …

#: After docutils, at 260, has given headings the labels before them; before others look at ids.
NAME_HEADINGS = 261
#: Just before MyST, at 879, looks up a page's links to itself.
OFFER_ANCHORS = 878

# … and after all pages have been read.

#: Before all who resolve references.
CHOOSE_INVENTORIES = 1
#: Before MyST-NB, at 4, chooses one type of each output.
JOIN_VARIANTS = 3
#: Before MyST, at 9, and Sphinx, at 10, resolve references.
LINK_GLOSSARY_ENTRIES = 8
#: After sphinx-exercise has resolved titles, at 20, and links to them, at 22.
WORD_SOLUTION_TITLES = 23
#: After sphinx-exercise has put what stands between its gates into exercises.
DROP_REPEATED_IDS = 200
#: After references are resolved, at 10: their words are not those of proofs.
WORD_PROOFS = 200
#: After references, at 10, and titles of solutions are resolved.
FOLD_NOTES = 200
#: After titles of solutions, which repeat those of exercises, are worded; before they are folded.
NAME_KINDS = 150
#: After sphinxcontrib-bibtex has written references, at 5, and links to them are resolved, at 10.
MARK_REFERENCES = 900

# Style sheets, by the same scale as listeners of html-page-context.

#: Late among a page's sheets; the bundle puts it after all others.
PAGE_STYLE = 900
