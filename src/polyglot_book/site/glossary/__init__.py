"""The glossary: its data, its page in each language, and the terms that pages use."""
