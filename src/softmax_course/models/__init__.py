"""Grammars whose entropy is known, and models that learn the text they make."""
