"""A webhook of somebody else's, for what runs in processes of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def sink() -> Iterator[tuple[str, list[str]]]:
    """Its address, and the paths that were posted to below it, as they come in."""
    delivered: list[str] = []

    class Sink(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            delivered.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing: what a test prints is about the test."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Sink) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", delivered
        finally:
            server.shutdown()
