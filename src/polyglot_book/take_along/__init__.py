"""What readers take along: files made of the built pages, for paper, e-readers, cards and lectures.

``python -m polyglot_book.take_along _build dist`` makes them; a build of the book does not wait for
it. Everything here reads the site's pages and `manifest`, which a build leaves beside its doctrees.
"""
