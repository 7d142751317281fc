#!/bin/sh
# Writes locks/: what users install (run), what tests need besides (dev), and what benchmarks (bench) and `make torture`
# need, each file by its hash. All have the same versions. Options go to uv: --upgrade, or --upgrade-package NAME.
set -eu
cd "$(dirname "$0")/.."
TOOLS=${TOOLS:-.venv/tools/bin}
lock() {
    output=$1 extra=$2
    shift 2
    echo "setuptools>=77" | "$TOOLS/uv" pip compile --quiet --output-file "locks/$output.txt" --extra "$extra" \
        --universal --python-version 3.11 --generate-hashes --no-annotate --no-header "$@" pyproject.toml - > /dev/null
}
lock dev dev "$@"
lock run postgres --constraint locks/dev.txt "$@"
lock bench bench --constraint locks/dev.txt "$@"
lock torture torture --constraint locks/dev.txt "$@"
case " $* " in *" --upgrade "*) date -u +%F > locks/UPDATED ;; esac
