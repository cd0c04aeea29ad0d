"""The speed of the metered services: a tenant with ten million events beside one with ten thousand.

Run it through `make proof`, or beside servers of its own:

    python -m config.embedded -- python -m benchmarks.dashboard --events 100000
"""
