"""The same service over an S3-compatible store: a small one of ours (and, once by hand, moto's)."""

import re
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import Response

from storage.config import Settings
from storage.main import build


class S3:
    """Objects of one bucket, by the calls that obstore makes."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.signed: list[str] = []
        self.app = FastAPI()
        self.app.add_api_route("/voiceblock", self.bucket, methods=["GET", "POST"])
        self.app.add_api_route("/voiceblock/", self.bucket, methods=["GET", "POST"])
        self.app.add_api_route("/voiceblock/{key:path}", self.object, methods=["GET", "PUT", "DELETE", "HEAD"])

    async def bucket(self, request: Request) -> Response:
        if request.method == "POST":
            keys = re.findall(r"<Key>(.*?)</Key>", (await request.body()).decode())
            for key in keys:
                self.objects.pop(key, None)
            deleted = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
            return Response(f"<DeleteResult>{deleted}</DeleteResult>", media_type="application/xml")
        prefix = request.query_params.get("prefix", "")
        rows = "".join(
            f"<Contents><Key>{key}</Key><LastModified>2026-11-20T10:00:00.000Z</LastModified><ETag>x</ETag><Size>{len(data)}</Size></Contents>"
            for key, data in sorted(self.objects.items())
            if key.startswith(prefix)
        )
        listing = f"<ListBucketResult><Name>voiceblock</Name><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"
        return Response(listing, media_type="application/xml")

    async def object(self, key: str, request: Request) -> Response:
        self.signed.append(request.headers.get("authorization", ""))
        headers = {"etag": '"x"', "last-modified": "Fri, 20 Nov 2026 10:00:00 GMT"}
        if request.method == "PUT":
            self.objects[key] = await request.body()
            return Response(headers=headers)
        if request.method == "DELETE":
            self.objects.pop(key, None)
            return Response(status_code=204)
        if key not in self.objects:
            return Response(status_code=404)
        data, span = self.objects[key], re.fullmatch(r"bytes=(\d+)-(\d+)", request.headers.get("range", ""))
        if span:
            low, high = int(span[1]), min(int(span[2]), len(data) - 1)
            return Response(data[low : high + 1], 206, {**headers, "content-range": f"bytes {low}-{high}/{len(data)}"})
        return Response(data, headers=headers)


@pytest.fixture
async def s3() -> S3:
    return S3()


async def test_objects_live_in_the_bucket(s3: S3, serve_app: Callable[..., Any], http: httpx2.AsyncClient) -> None:
    endpoint = await serve_app(s3.app)
    settings = {
        "s3_bucket": "voiceblock",
        "s3_endpoint": endpoint,
        "s3_access_key_id": "AK",
        "s3_secret_access_key": "sec",
    }
    url = await serve_app(build(Settings(**settings)))
    added = (
        await http.post(f"{url}/objects/recordings", content=b"hello world", headers={"content-type": "audio/wav"})
    ).json()
    key = added["key"]
    assert list(s3.objects) == [f"recordings/{key[:2]}/{key}/audio_wav"]
    assert all("Credential=AK/" in header for header in s3.signed)
    another = await serve_app(build(Settings(**settings)))
    part = await http.get(f"{another}/objects/recordings/{key}", headers={"range": "bytes=6-"})
    assert (part.status_code, part.content, part.headers["content-type"]) == (206, b"world", "audio/wav")
    assert (await http.delete(f"{another}/objects/recordings/{key}")).json() == {"deleted": True}
    assert not s3.objects


async def test_a_store_that_is_lost_is_said(serve_app: Callable[..., Any], http: httpx2.AsyncClient) -> None:
    settings = Settings(
        s3_bucket="voiceblock", s3_endpoint="http://127.0.0.1:9", s3_access_key_id="AK", s3_secret_access_key="s"
    )
    url = await serve_app(build(settings))
    reply = await http.post(f"{url}/objects/recordings", content=b"x")
    assert reply.status_code in (503, 504)
    assert reply.json()["error"]["code"] in ("store_unavailable", "store_timeout")
    health = (await http.get(f"{url}/health")).json()
    assert (health["status"], health["checks"]["objects"]["ok"]) == ("degraded", False)
