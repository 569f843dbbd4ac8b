"""What was answered, kept for ever: the append-only event log in SQLite, and the only place that writes SQL."""

from quizbook.study.store.log import Log, open_log
from quizbook.study.store.outcomes import effective

__all__ = ["Log", "effective", "open_log"]
