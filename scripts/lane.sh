#!/bin/sh
# Run the tests with some modules absent, and few random histories: lane.sh "MODULE…" [pytest arguments].
set -eu
absent=$1
shift
echo "== lane without $absent"
CLOUDANNO_HISTORIES=200 ABSENT_MODULES="$absent" PYTHONPATH="tests/lanes${PYTHONPATH:+:$PYTHONPATH}" \
    .venv/bin/python -m pytest -n 2 --dist loadgroup -q -p no:pytest-qt --ignore=tests/package "$@"
