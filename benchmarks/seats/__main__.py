"""`python -m benchmarks.seats`: needs DATABASE_URL and REDIS_URL; works in a scratch database of its own."""

import argparse
import os
import sys

import django


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.seats", description="Measure seats in bulk.")
    parser.add_argument("--rounds", type=int, default=200, help="how often each page is asked for (default 200)")
    rounds = parser.parse_args().rounds
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.screen.settings"
    django.setup()
    from benchmarks.seats.proof import prove

    return prove(rounds=rounds)


if __name__ == "__main__":
    sys.exit(main())
