"""A client of the API as any script would write it: real HTTP, a token, jobs followed to their end."""

from __future__ import annotations

from typing import Any

import httpx

from tests.service.processes import Service, wait_for

PASSWORD = "a-long-pass-word"


class ApiClient:
    """Signed in as one user."""

    def __init__(self, service: Service, *, username: str) -> None:
        self.http = httpx.Client(base_url=service.url, timeout=60)
        service.at_stop.append(self.http.close)
        answer = self.http.post("/api/v1/auth/token", json={"username": username, "password": PASSWORD})
        self.http.headers["Authorization"] = f"Token {answer.json()['token']}"

    def get(self, path: str, **query: Any) -> Any:
        """The body of a GET that succeeded."""
        return self._body(self.http.get(f"/api/v1{path}", params=query))

    def rows(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Every row of a paged list."""
        page = self.get(path, page_size=200, **query)
        rows = list(page["results"])
        while page.get("next"):
            page = self._body(self.http.get(page["next"]))
            rows += page["results"]
        return rows

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """The body of a POST that succeeded."""
        return self._body(self.http.post(f"/api/v1{path}", json=body or {}))

    def run(self, path: str, body: dict[str, Any] | None = None, *, within_s: float = 600) -> dict[str, Any]:
        """Start long work and return its job once it has succeeded."""
        job = self.post(path, body)

        def ended() -> dict[str, Any] | None:
            now: dict[str, Any] = self.get(f"/jobs/{job['id']}")
            return now if now["state"] in ("succeeded", "failed", "cancelled") else None

        done = wait_for(ended, within_s=within_s, what=f"the end of {path}")
        assert done["state"] == "succeeded", done["error"]
        return done

    @staticmethod
    def _body(answer: httpx.Response) -> Any:
        assert answer.is_success, f"{answer.status_code} {answer.text[:500]}"
        return answer.json()


def add_user(service: Service, username: str, *, role: str) -> None:
    """Make an account with the tests' password."""
    service.ask(
        f"str(apps.get_model('accounts.User').objects.create_user({username!r},"
        f" password={PASSWORD!r}, role={role!r}).pk)"
    )
