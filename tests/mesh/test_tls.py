"""A certificate that only this machine's own store knows, as a company's proxy has one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from simulator.processes import ROOT

SERVER = """
import http.server, ssl, sys
server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain("cert.pem", "key.pem")
server.socket = context.wrap_socket(server.socket, server_side=True)
print(server.server_address[1], flush=True)
server.serve_forever()
"""
FETCH = """
import asyncio, sys
from mesh.fetch import fetch
host = sys.argv[1]
print(len(asyncio.run(fetch(f"https://{host}/cert.pem", max_bytes=10**6, deadline_s=10, allowed_hosts=[host]))))
"""
PEER = """
import asyncio, sys
from mesh.client import Client
from mesh.wire.route import Route
peer = Client("lang", f"https://{sys.argv[1]}", caller="test")
print(len(asyncio.run(peer.call(Route("GET", "/cert.pem", type(None), bytes, deadline_s=10, idempotent=True)))))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl on this machine")
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    made += ["-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(made, cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


@pytest.mark.parametrize("code", [FETCH, PEER], ids=["fetch", "peer"])
def test_the_certificates_of_ssl_cert_file_are_trusted(folder: Path, code: str) -> None:
    running = subprocess.Popen(
        [sys.executable, "-c", SERVER], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert running.stdout
        host = f"localhost:{running.stdout.readline().strip()}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SSL_CERT_")}

        def run(**more: str) -> "subprocess.CompletedProcess[str]":
            command = [sys.executable, "-c", code, host]
            return subprocess.run(command, cwd=ROOT, env={**kept, **more}, capture_output=True, text=True)

        trusted = run(SSL_CERT_FILE=str(folder / "cert.pem"))
        assert int(trusted.stdout) > 500, trusted.stderr
        assert run().returncode != 0, "nobody else's"
    finally:
        running.kill()
        running.communicate()
