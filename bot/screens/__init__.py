"""One file a screen: what a press or a message does there, and what the screen shows."""
