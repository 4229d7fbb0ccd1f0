"""Exercises and feedback on a reader's answers."""
