"""The front door: shell commands, and the one place where the parts are put together."""
