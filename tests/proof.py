"""How deep the tests prove: every kind with small counts, or with the full ones (`make proof`)."""

import os

PROOF = bool(os.environ.get("PROOF"))
"""Full counts are asked for."""
