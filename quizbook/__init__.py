"""quizbook: asks, grades, schedules and reports for people who learn to build a GPT from scratch."""

__version__ = "0.1.0"
