"""How each kind of question is asked on the screen: a draft of the answer, and the widget that shows and changes it."""
