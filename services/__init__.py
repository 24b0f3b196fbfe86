"""The actors: each reacts to events, acts, and appends what came of it."""
