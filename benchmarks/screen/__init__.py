"""The speed of the Licences screen: small tenant against large one, and both against a bare Django view.

Run it through `make proof`, or beside servers of its own:

    python -m config.embedded -- python -m benchmarks.screen
"""
