"""Exercises: a learner's code behind the wall, checkers in front of it."""
