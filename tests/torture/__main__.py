"""`make torture`: every ordeal in its long form, or those that are named; ends with a table and a status.

python -m tests.torture [NAME]… [--seed N] [--short]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.torture.frame import Trial, as_table, line
from tests.torture.ordeals import all_ordeals

SEED = 20261126
SHOWN_FAULTS = 20


def main() -> int:
    ordeals = all_ordeals()
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(ordeals))
    parser.add_argument("--seed", type=int, default=SEED, help="repeats a run (default: %(default)s)")
    parser.add_argument("--short", action="store_true", help="as in the tests")
    wanted = parser.parse_args()
    unknown = set(wanted.names) - set(ordeals)
    if unknown:
        parser.error(f"no ordeal {', '.join(sorted(unknown))}; there are {', '.join(ordeals)}")
    rows: dict[str, str] = {}
    failed = False
    for name in wanted.names or ordeals:
        print(f"{name}: {ordeals[name].survives} ...", flush=True)
        with tempfile.TemporaryDirectory(prefix=f"modaclip-{name}-") as folder:
            trial, began = Trial(wanted.seed, wanted.short, Path(folder)), time.monotonic()
            outcome = ordeals[name].run(trial)
        for fault in outcome.faults[:SHOWN_FAULTS]:
            print(f"  FAULT: {fault}")
        failed = failed or bool(outcome.faults)
        rows[name] = line(ordeals[name], trial, outcome, time.monotonic() - began)
        print(rows[name], flush=True)
    print(f"\n{as_table(rows)}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
