"""The pages that every run looks at in three engines, each for what it holds."""

#: By language, four pages and why these. `make test-all` looks at every page instead.
CHOSEN = {
    "ru": {
        "index": "a landing page: cards, the list of pages, the archive",
        "level-1-idea": "the playground",
        "gradient": "the most formulas: derivations, fractions and bars in the text, matrices",
        "glossary": "the longest page, with names in all scripts",
    },
    "bn": {
        "jacobian": "matrices of fractions beside Bengali text in formulas",
        "numerical-stability": "figures and wide tables of numbers",
        "teachers": "paths and commands, which do not break",
        "faq": "notes and lists of questions",
    },
    "zh": {
        "04-2-jacobian": "long formulas right after Chinese characters",
        "04-2-cross-entropy": "the longest displayed formulas, numbered",
        "05-2-implementation": "long code",
        "06-1-attention": "roots in the text",
    },
}
