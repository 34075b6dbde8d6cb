#!/usr/bin/env bash
# Writes constraints.txt: one lock for the whole mesh. Run it after a change of any requirements; `launcher/lock.sh --upgrade`.
set -eu
cd "$(dirname "$0")/.."
. launcher/uv.sh
"$UV" pip compile -q --universal --python-version 3.11 --no-header --no-annotate \
  --no-emit-package mesh --no-emit-package extraction \
  */requirements*.txt requirements-dev.txt -o constraints.txt "$@"
