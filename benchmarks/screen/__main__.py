"""`python -m benchmarks.screen`: needs DATABASE_URL and REDIS_URL; works in a scratch database of its own."""

import argparse
import os
import sys

import django


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.screen", description="Measure the three tabs.")
    parser.add_argument("--rounds", type=int, default=300, help="how often each page is asked for (default 300)")
    rounds = parser.parse_args().rounds
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.screen.settings"
    django.setup()
    from benchmarks.screen.proof import prove

    return prove(rounds=rounds)


if __name__ == "__main__":
    sys.exit(main())
