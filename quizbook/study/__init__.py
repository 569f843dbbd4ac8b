"""What to ask next and what was answered: sessions and the event store."""
