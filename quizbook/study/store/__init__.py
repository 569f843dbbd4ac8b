"""What was answered, kept for ever: the append-only event log in SQLite, and the only place that writes SQL."""

from quizbook.study.store.event_lines import NewerError, check_head, event_from, head_line, line_of_event
from quizbook.study.store.log import Log, open_log
from quizbook.study.store.outcomes import effective
from quizbook.study.store.uniting import Segment

__all__ = [
    "Log",
    "NewerError",
    "Segment",
    "check_head",
    "effective",
    "event_from",
    "head_line",
    "line_of_event",
    "open_log",
]
