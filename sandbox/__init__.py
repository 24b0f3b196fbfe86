"""A world in a box, for machines without accounts: demo cinema, local Telegram, NATS. Imports no floor of the house."""
