"""What makes a question, and a bank, sound: errors and warnings of one question, and rules over the whole bank."""
