"""The full-screen app: screens and widgets; what is asked, graded and recorded is decided below."""
