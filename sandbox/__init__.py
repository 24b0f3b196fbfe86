"""A world in a box for machines without accounts: demo cinema, local Telegram and embedded NATS. Imports no floor of the house."""
