#!/usr/bin/env bash
# Writes constraints.txt: one lock for the whole mesh. Run it after a change of any requirements; `launcher/lock.sh --upgrade`.
set -eu
cd "$(dirname "$0")/.."
. launcher/uv.sh
"$UV" pip compile -q --universal --python-version 3.11 --no-emit-package mesh --no-header --no-annotate \
  */requirements*.txt requirements-dev.txt -o constraints.txt "$@"
