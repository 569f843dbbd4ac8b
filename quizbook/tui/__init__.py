"""The full-screen app: screens and what they show; no decisions of its own."""
