#!/usr/bin/env bash
# Lints, type-checks and tests everything. On a new machine it sets up .venv/ first. Arguments go to pytest.
set -eu
cd "$(dirname "$0")"
. launcher/uv.sh
wanted=$(cat */requirements*.txt requirements-dev.txt mesh/pyproject.toml extraction/pyproject.toml constraints.txt | cksum)
if [ ! -x .venv/bin/python ] || [ "$(cat .venv/stamp 2>/dev/null || true)" != "$wanted" ]; then
  "$UV" venv -q --allow-existing --python '>=3.11,<3.14' .venv
  requirements=(-r requirements-dev.txt)
  for list in */requirements*.txt; do requirements+=(-r "$list"); done
  "$UV" pip install -q --python .venv/bin/python -c constraints.txt "${requirements[@]}"
  echo "$wanted" >.venv/stamp
fi
export UV PATH="$PWD/.venv/bin:$PATH"
ruff format --check -q .
ruff check -q .
mypy mesh/src/mesh extraction/src/extraction admin_panel bench call_handler gateway gpt healthcheck lang launcher lead_sender logger storage stt tts
exec python -m pytest "$@"
