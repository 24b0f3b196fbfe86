"""The outside world: cinemas behind one protocol, and the pure rules every cinema shares."""
