"""A world in a box where accounts are missing: demo cinema, local Telegram, embedded NATS. Imports no floor."""
