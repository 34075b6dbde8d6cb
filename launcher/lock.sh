#!/usr/bin/env bash
# Writes requirements.lock: one lock for the whole mesh, with the hash of every file that may be installed; and
# constraints.txt, the same versions without hashes, for plain pip, which takes no hashes beside `-e ./mesh`.
# Run it after a change of any requirements; `launcher/lock.sh --upgrade` takes newer versions, of uv itself too.
set -eu
cd "$(dirname "$0")/.."
. launcher/uv.sh
compile() { "$UV" pip compile -q --universal --python-version 3.11 --no-header --no-annotate --generate-hashes "$@"; }
compile --no-emit-package mesh --no-emit-package extraction */requirements*.txt requirements-dev.txt -o requirements.lock "$@"
sed -n 's/ *\\$//; /^[a-z0-9].*==/p' requirements.lock >constraints.txt
echo 'uv>=0.13,<1' | compile - -o launcher/uv.txt "$@"
