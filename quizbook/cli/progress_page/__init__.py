"""`quizbook progress --html`: the figures as one page that needs nothing from elsewhere."""

from quizbook.cli.progress_page.page import page

__all__ = ["page"]
