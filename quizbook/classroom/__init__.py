"""Many learners: who handed in what, a class graded in one run, and what is written for it."""
