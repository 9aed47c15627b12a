"""A blocking client for one Kubernetes API server: what a test says in one line, and nothing that hides the wire."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import ssl
from collections import Counter
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import yaml

JSON = "application/json"
MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"

_ALL_KINDS = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"


class BedError(Exception):
    """The API server's refusal. No answer at all stays what it is: an OSError or an http.client.HTTPException."""

    def __init__(self, request: str, status: int, answer: Any):
        said = answer if isinstance(answer, dict) else {}
        self.status = status
        self.reason: str = said.get("reason", "")
        self.message: str = said.get("message", str(answer))
        super().__init__(f"{request}: {status} {self.reason}: {self.message}")


class Request(NamedTuple):
    """What one line of the server's request metric counts; `resource` as in `deployments/scale`."""

    verb: str
    resource: str
    code: int


class Resource(NamedTuple):
    """Where the objects of one kind are kept."""

    kind: str
    api_version: str
    plural: str
    namespaced: bool
    verbs: frozenset[str]

    def path(self, name: str | None = None, namespace: str | None = None) -> str:
        root = "/apis/" if "/" in self.api_version else "/api/"
        within = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{root}{self.api_version}{within}/{self.plural}" + (f"/{quote(name)}" if name else "")


class Api:
    """An API server, as seen by the holder of one token."""

    def __init__(self, url: str, ca: str, token: str):
        self.url = url
        self._tls = ssl.create_default_context(cadata=ca)
        self._token = token
        self._resources: list[Resource] = []

    def req(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        content_type: str = JSON,
        field_manager: str | None = None,
        accept: str = JSON,
        **query: Any,
    ) -> Any:
        """The answer: JSON decoded, else the text; of `watch="true", timeoutSeconds=1`, the list of events.

        `query` takes the API's own names, such as `labelSelector`.
        """
        query |= {"fieldManager": field_manager} if field_manager else {}
        if query:
            path += ("&" if "?" in path else "?") + urlencode(query)
        sent = body if body is None or isinstance(body, str) else json.dumps(body)
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": content_type, "Accept": accept}
        server = http.client.HTTPSConnection(urlsplit(self.url).netloc, context=self._tls, timeout=30)
        with contextlib.closing(server):
            server.request(method, path, sent, headers)
            response = server.getresponse()
            text = response.read().decode()
        decoded = [json.loads(line) for line in text.splitlines()] if "watch" in query else text
        if "watch" not in query and JSON in response.headers.get("Content-Type", ""):
            decoded = json.loads(text)
        if response.status >= http.client.BAD_REQUEST:
            raise BedError(f"{method} {path}", response.status, decoded)
        return decoded

    def get(self, kind: str, name: str | None = None, namespace: str | None = None) -> dict[str, Any]:
        """`get("Deployment", "web", "team")`, or any path: `get("/version")`."""
        return self.req("GET", kind if kind.startswith("/") else self.path(kind, name, namespace))

    def items(self, kind: str, namespace: str | None = None, **query: Any) -> list[dict[str, Any]]:
        return self.req("GET", self.path(kind, None, namespace), **query)["items"]

    def create(self, obj: dict[str, Any], manager: str = "bed") -> dict[str, Any]:
        collection = self._home_of(obj).path(namespace=_namespace_of(obj))
        return self.req("POST", collection, obj, field_manager=manager)

    def apply(self, objs: Any, manager: str = "kubectl", *, force: bool = False) -> list[dict[str, Any]]:
        """Server-side apply of YAML text, an object or a list of objects. A conflict is a BedError with status 409."""
        if isinstance(objs, str):
            objs = [obj for obj in yaml.safe_load_all(objs) if obj]
        return [self._apply(obj, manager, force=force) for obj in ([objs] if isinstance(objs, dict) else objs)]

    def patch(self, kind: str, name: str, namespace: str | None, patch: Any, manager: str = "bed") -> dict[str, Any]:
        """A merge patch, or a JSON patch if `patch` is a list."""
        content_type = JSON_PATCH if isinstance(patch, list) else MERGE_PATCH
        path = self.path(kind, name, namespace)
        return self.req("PATCH", path, patch, content_type=content_type, field_manager=manager)

    def delete(self, kind: str, name: str, namespace: str | None = None) -> None:
        """Dependants go too, in the background, and nothing gets time to finish."""
        self.req("DELETE", self.path(kind, name, namespace), propagationPolicy="Background", gracePeriodSeconds=0)

    def path(self, kind: str, name: str | None = None, namespace: str | None = None) -> str:
        return self.resource(kind).path(name, namespace)

    def resource(self, kind: str, api_version: str | None = None) -> Resource:
        """The first of that kind in the server's order, unless `api_version` says which: `Event` is the core one."""
        for known in (lambda: self._resources, self.resources):
            for resource in known():
                if resource.kind.lower() == kind.lower() and api_version in (None, resource.api_version):
                    return resource
        raise LookupError(f"{self.url} has no kind {kind!r} in {api_version or 'any group'}: is its CRD applied?")

    def resources(self) -> list[Resource]:
        """Asks anew, so that a CRD which was just applied is there."""
        answers = [self.req("GET", root, accept=_ALL_KINDS) for root in ("/api", "/apis")]
        self._resources = [
            Resource(
                kind=resource["responseKind"]["kind"],
                api_version="/".join(filter(None, (group["metadata"].get("name"), version["version"]))),
                plural=resource["resource"],
                namespaced=resource["scope"] == "Namespaced",
                verbs=frozenset(resource["verbs"]),
            )
            for answer in answers
            for group in answer["items"]
            for version in group["versions"]
            for resource in version.get("resources", ())
        ]
        return self._resources

    def request_counts(self) -> Counter[Request]:
        """Answered requests since the server's start, from whomever: compare two of them. Watches are counted apart."""
        return Counter(
            {
                Request(labels["verb"], _resource_name(labels), int(labels["code"])): count
                for labels, count in self._metric("apiserver_request_total", by=("verb", "code"))
                if labels["resource"] and labels["verb"] != "WATCH"
            }
        )

    def watch_counts(self) -> Counter[str]:
        """Watches ever opened, by resource: the server's request metric only has those that ended."""
        watches: Counter[str] = Counter()
        for metric in ("apiserver_request_total", "apiserver_longrunning_requests"):
            for labels, count in self._metric(metric, by=("verb",)):
                if labels["verb"] == "WATCH":
                    watches[_resource_name(labels)] += count
        return watches

    def _apply(self, obj: dict[str, Any], manager: str, *, force: bool) -> dict[str, Any]:
        path = self._home_of(obj).path(obj["metadata"]["name"], _namespace_of(obj))
        return self.req(
            "PATCH", path, obj, content_type=APPLY_PATCH, field_manager=manager, force="true" if force else "false"
        )

    def _home_of(self, obj: dict[str, Any]) -> Resource:
        return self.resource(obj["kind"], obj["apiVersion"])

    def _metric(self, name: str, by: tuple[str, ...]) -> list[tuple[dict[str, str], int]]:
        totals: Counter[tuple[tuple[str, str], ...]] = Counter()
        for line in self.req("GET", "/metrics", accept="text/plain").splitlines():
            if line.startswith(name + "{"):
                labels, _, value = line.removeprefix(name).rpartition(" ")
                said = dict(re.findall(r'(\w+)="([^"]*)"', labels))
                totals[tuple((key, said[key]) for key in (*by, "resource", "subresource"))] += int(float(value))
        return [(dict(labels), count) for labels, count in totals.items()]


def _namespace_of(obj: dict[str, Any]) -> str:
    return obj["metadata"].get("namespace", "default")


def _resource_name(labels: dict[str, str]) -> str:
    return "/".join(filter(None, (labels["resource"], labels["subresource"])))
