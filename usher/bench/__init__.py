"""`usher bench …`: what usher costs, measured beside its peers' figures (docs/benchmarks.md)."""
