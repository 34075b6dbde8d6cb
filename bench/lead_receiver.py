"""The webhook that bench.leads kills: writes each delivery to a file, on disk before it is answered.

Run it with RECEIVED (the file) and LEAD_WEBHOOK_SECRET in the environment: `uvicorn bench.lead_receiver:app`.
"""

import asyncio
import hashlib
import hmac
import os
from pathlib import Path

import orjson
from fastapi import FastAPI, Request, Response

app = FastAPI()
_file = Path(os.environ.get("RECEIVED", os.devnull)).open("ab", buffering=0)  # noqa: SIM115 (as long as the process)
_secret = os.environ.get("LEAD_WEBHOOK_SECRET", "").encode()


@app.post("/leads")
async def take(request: Request) -> Response:
    """204 when the delivery is on disk; 400 for one that is not signed as it should be."""
    body = await request.body()
    signature = dict(part.split("=", 1) for part in request.headers.get("voiceblock-signature", "").split(",") if part)
    wanted = hmac.new(_secret, f"{signature.get('t')}.".encode() + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, signature.get("v1", "")):
        return Response("bad signature", 400)
    lead = orjson.loads(body)["lead"]
    known = {"key": request.headers["idempotency-key"], "lead": lead["id"], "revision": lead["revision"]}
    line = orjson.dumps({**known, "ref": lead["fields"].get("ref", "")}) + b"\n"
    await asyncio.to_thread(_write, line)
    return Response(status_code=204)


def _write(line: bytes) -> None:
    _file.write(line)
    os.fdatasync(_file.fileno())
