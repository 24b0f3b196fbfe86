"""A world in a box for machines without accounts: demo cinema and embedded NATS. Imports no floor of the house."""
