"""The words of the interface in the languages of the book, and how each language is written."""
