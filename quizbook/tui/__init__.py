"""The full-screen app: screens and widgets; what is asked, graded and recorded is decided below."""

BROWSER_DRIVER = "quizbook.tui.browser_driver:BrowserDriver"  # TEXTUAL_DRIVER of an app that `quizbook serve` started
