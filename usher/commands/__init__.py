"""What each shell command does."""
