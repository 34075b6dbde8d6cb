#!/usr/bin/env bash
# Measures. `./bench.sh` lists the benches; `./bench.sh NAME --help` explains one. Works in bash and zsh. On a new machine
# it sets up .venv/ first.
set -eu
cd "$(dirname "$0")"
. launcher/dev.sh
exec python -m bench "$@"
