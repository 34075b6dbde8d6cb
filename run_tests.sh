#!/usr/bin/env bash
# Lints, type-checks and tests everything. On a new machine it sets up .venv/ first. Arguments go to pytest.
set -eu
cd "$(dirname "$0")"
. launcher/dev.sh
ruff format --check -q .
ruff check -q .
mypy mesh/src/mesh extraction/src/extraction accounts admin_panel bench call_handler gateway gpt healthcheck lang launcher lead_sender logger simulator storage stt tts
exec python -m pytest "$@"
