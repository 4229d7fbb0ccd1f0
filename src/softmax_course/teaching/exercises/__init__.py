"""Exercises: what is asked, what is right, and feedback on a reader's answers."""

from softmax_course.teaching.exercises.catalog import Exercise, ExerciseDataError, load
from softmax_course.teaching.exercises.judge import Feedback, UnknownExerciseError, check

__all__ = ["Exercise", "ExerciseDataError", "Feedback", "UnknownExerciseError", "check", "load"]
