# Sourced: sets UV to uv, which it installs into .uv/ where there is none. Nothing outside this folder is touched.
# The system's certificates count, as a company's own: the second name is that of older versions of uv.
export UV_SYSTEM_CERTS="${UV_SYSTEM_CERTS:-true}" UV_NATIVE_TLS="${UV_NATIVE_TLS:-true}"
UV=$(command -v uv 2>/dev/null || true)
if [ -z "$UV" ] && [ -x "$HOME/.local/bin/uv" ]; then UV="$HOME/.local/bin/uv"; fi
if [ -z "$UV" ] && [ -x .uv/bin/uv ]; then UV="$PWD/.uv/bin/uv"; fi
if [ -z "$UV" ]; then
  echo "Installing uv into .uv/ ..." >&2
  if python3 -m venv .uv >/dev/null 2>&1 && .uv/bin/python -m pip install -q --require-hashes -r launcher/uv.txt >/dev/null 2>&1; then
    :
  elif command -v curl >/dev/null 2>&1; then
    curl -LsSf https://astral.sh/uv/$(sed -n "s/^uv==\([0-9.]*\).*/\1/p" launcher/uv.txt)/install.sh | env UV_INSTALL_DIR="$PWD/.uv/bin" UV_NO_MODIFY_PATH=1 sh >/dev/null
  fi
  UV="$PWD/.uv/bin/uv"
  if [ ! -x "$UV" ]; then
    echo "uv could not be installed: install it from https://docs.astral.sh/uv/ and start again." >&2
    exit 1
  fi
fi
