"""The relay over HTTP: the page, section 6, and the relay's own `/openapi.json`."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request

from .refusal import Refusal, require

UPLOAD_PIECE_BYTES = 1024 * 1024
_TUS = {"Tus-Resumable": "1.0.0"}


class Relay:
    """One relay, and the session with it if there is one."""

    def __init__(self, url: str, token: str | None = None):
        self.url = url.rstrip("/")
        self.token = token

    def get(self, path: str):
        """The answer's JSON."""
        return self._json("GET", path, None)

    def post(self, path: str, body: dict | None = None):
        """The answer's JSON."""
        return self._json("POST", path, body)

    def put(self, path: str, body: dict):
        """The answer's JSON."""
        return self._json("PUT", path, body)

    def content(self, file: bytes, version: int) -> bytes:
        """A file version's ciphertext."""
        return self._call("GET", f"/v1/files/{file.hex()}/versions/{version}/content")[0]

    def upload(self, organization: bytes, ciphertext: bytes) -> str:
        """Brings ciphertext by tus 1.0.0; returns the upload's id."""
        named = base64.b64encode(organization.hex().encode()).decode()
        begin = {**_TUS, "Upload-Length": str(len(ciphertext)), "Upload-Metadata": f"organization {named}"}
        _, headers = self._call("POST", "/v1/uploads", headers=begin)
        upload = headers["Location"].rsplit("/", 1)[1]
        for offset in range(0, len(ciphertext), UPLOAD_PIECE_BYTES):
            piece = ciphertext[offset : offset + UPLOAD_PIECE_BYTES]
            words = {**_TUS, "Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
            self._call("PATCH", f"/v1/uploads/{upload}", piece, words)
        return upload

    def _json(self, method: str, path: str, body: dict | None):
        encoded = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        answer, _ = self._call(method, path, encoded, headers)
        return json.loads(answer) if answer else None

    def _call(self, method: str, path: str, body: bytes | None = None, headers: dict | None = None):
        request = urllib.request.Request(self.url + path, body, headers or {}, method=method)
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.read(), response.headers
        except urllib.error.HTTPError as error:
            raise _problem(error) from None


def _problem(error: urllib.error.HTTPError) -> Refusal:
    """RFC 9457."""
    problem = json.loads(error.read())
    require(problem["type"] == f"urn:keyferry:problem:{problem['code']}" and problem["status"] == error.code, "response_invalid", str(problem))
    return Refusal(problem["code"], problem["detail"])
