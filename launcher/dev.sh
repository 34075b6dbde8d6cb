# Sourced: makes .venv/, in which every service, the tests and the benches can run. Done again when what it needs changes.
. launcher/uv.sh
wanted=$(cat */requirements*.txt requirements-dev.txt */pyproject.toml requirements.lock | cksum)
if [ ! -x .venv/bin/python ] || [ "$(cat .venv/stamp 2>/dev/null || true)" != "$wanted" ]; then
  echo "Setting up .venv ..." >&2
  "$UV" venv -q --allow-existing --python '>=3.11,<3.14' .venv
  requirements=(-r requirements-dev.txt)
  for list in */requirements*.txt; do requirements+=(-r "$list"); done
  "$UV" pip install -q --python .venv/bin/python -c requirements.lock -b requirements.lock "${requirements[@]}"
  echo "$wanted" >.venv/stamp
fi
export UV PATH="$PWD/.venv/bin:$PATH"
