"""Each budget of an issue, runnable by name: `python -m benchmarks.<name>` prints its figures, and exits 1 when a bound
is broken."""
