"""`python -m benchmarks.dashboard`: needs DATABASE_URL and REDIS_URL; works in a scratch database of its own."""

import argparse
import os
import sys

import django


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dashboard", description="Measure the metered services.")
    parser.add_argument("--events", type=int, default=10_000_000, help="of the large tenant (default 10,000,000)")
    parser.add_argument("--rounds", type=int, default=200, help="how often each page is asked for (default 200)")
    asked = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.screen.settings"
    django.setup()
    from benchmarks.dashboard.proof import prove

    return prove(events=asked.events, rounds=asked.rounds)


if __name__ == "__main__":
    sys.exit(main())
