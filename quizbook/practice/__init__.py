"""Exercises as a learner works on them: what the judge said and what was looked at, written into the study log."""
