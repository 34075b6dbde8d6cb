#!/usr/bin/env bash
# Sets up and starts VoiceBlock. `./start_all.sh help` lists what else it does. Works in bash and zsh, on Linux and macOS.
set -eu
cd "$(dirname "$0")"
. launcher/uv.sh
venv=launcher/.venv
wanted=$(cat launcher/requirements.txt mesh/pyproject.toml requirements.lock | cksum)
if [ ! -x "$venv/bin/python" ] || [ "$(cat "$venv/stamp" 2>/dev/null || true)" != "$wanted" ]; then
  echo "Setting up the tools (launcher/.venv) ..." >&2
  "$UV" venv -q --allow-existing --python '>=3.11,<3.14' "$venv" &&
    "$UV" pip install -q --python "$venv/bin/python" -c requirements.lock -b requirements.lock -r launcher/requirements.txt || {
    echo "Could not set up launcher/.venv: see the lines above (no network? disk full?)." >&2
    exit 1
  }
  echo "$wanted" >"$venv/stamp"
fi
export UV
exec "$venv/bin/python" -m launcher "$@"
