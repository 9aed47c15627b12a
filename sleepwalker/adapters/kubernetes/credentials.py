"""Where the API server is, who we are to it, and whom to trust: as kubectl finds it, through the kubernetes package."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import yaml
from kubernetes.aio.client import Configuration
from kubernetes.aio.config import ConfigException, load_kube_config
from kubernetes.aio.config.incluster_config import InClusterConfigLoader

from sleepwalker.app.ports import ClusterError, Unavailable

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
_NOWHERE = (
    "no cluster is configured: pass a kubeconfig, set KUBECONFIG, have ~/.kube/config, "
    "or run in a cluster as a ServiceAccount whose token is mounted"
)
_CHECK_SECONDS = 60.0
_FORCED_SECONDS = 5.0

Load = Callable[[Configuration, bool], Awaitable[None]]
"""Fill in a configuration; if told to, without believing anything that was kept from the last time."""


async def find_credentials(
    kubeconfig: str | None = None,
    context: str | None = None,
    environ: Mapping[str, str] = os.environ,
    service_account: Path = SERVICE_ACCOUNT,
) -> Credentials:
    """Return those of this file, else of KUBECONFIG, else of ~/.kube/config, else the pod's; raise ClusterError."""
    named = kubeconfig or environ.get("KUBECONFIG")
    paths = named or str(Path(environ.get("HOME", "~")) / ".kube" / "config")
    if _some_file(paths):
        return await Credentials.load(paths, _from_kubeconfig(paths, context))
    if kubeconfig:
        raise Unavailable(f"there is no file {kubeconfig}; {_NOWHERE}")
    if environ.get("KUBERNETES_SERVICE_HOST") and (service_account / "token").is_file():
        return await Credentials.load("the pod's ServiceAccount", _from_pod(service_account, environ))
    raise Unavailable(f"there is no file {named}; {_NOWHERE}" if named else _NOWHERE)


class Credentials:
    """An address, a trust and an Authorization header that is renewed in time, once for all who wait for it."""

    def __init__(self, where: str, load: Load) -> None:
        self.configuration = Configuration()
        # Many a cluster's CA lacks what Python 3.13 demands of one and what kubectl does not.
        self.configuration.disable_strict_ssl_verification = True
        self._where = where
        self._load = load
        self._lock = asyncio.Lock()
        self._authorization = ""
        self._check_at = 0.0
        self._forced_at = float("-inf")

    @classmethod
    async def load(cls, where: str, load: Load) -> Credentials:
        """Return credentials that were read once; raise ClusterError with a sentence."""
        new = cls(where, load)
        await new._read(anew=False)
        known = new.configuration
        if known.host.startswith("https") and not (new._authorization or known.cert_file):
            raise Unavailable(f"{where} gives no token and no certificate for {known.host}: does its exec plugin run?")
        return new

    @property
    def proxy(self) -> str | None:
        """The proxy on the way, as the kubeconfig or the environment has it."""
        if self.configuration.proxy:
            return str(self.configuration.proxy)
        host = urlsplit(self.configuration.host)
        return None if proxy_bypass(host.hostname or "") else getproxies().get(host.scheme)

    async def authorization(self) -> str:
        """Return the header's value, or nothing; looked at again every minute."""
        if asyncio.get_running_loop().time() >= self._check_at:
            async with self._lock:
                if asyncio.get_running_loop().time() >= self._check_at:
                    await self._try_read(anew=False)
        return self._authorization

    async def renew(self, used: str) -> None:
        """Ask anew for what the server has just refused, unless somebody else has done so since."""
        async with self._lock:
            now = asyncio.get_running_loop().time()
            if self._authorization == used and now - self._forced_at > _FORCED_SECONDS:
                self._forced_at = now
                await self._try_read(anew=True)

    async def _try_read(self, *, anew: bool) -> None:
        try:
            await self._read(anew=anew)
        except ClusterError:  # what we have may still do; if not, the server says so
            self._check_at = asyncio.get_running_loop().time() + _FORCED_SECONDS

    async def _read(self, *, anew: bool) -> None:
        try:
            await self._load(self.configuration, anew)
        except (ConfigException, OSError, ValueError, TypeError, KeyError, yaml.YAMLError) as error:
            raise Unavailable(f"{self._where} cannot be used: {error}") from error
        self._authorization = " ".join(self.configuration.api_key.get("BearerToken", "").split())
        self._check_at = asyncio.get_running_loop().time() + _CHECK_SECONDS


def _some_file(paths: str) -> bool:
    return any(Path(each).expanduser().is_file() for each in paths.split(os.pathsep) if each)


def _from_kubeconfig(paths: str, context: str | None) -> Load:
    loaders: list[Any] = []

    async def load(configuration: Configuration, anew: bool) -> None:  # noqa: FBT001 - told, not chosen
        if not loaders:
            options = {"config_file": paths, "context": context, "persist_config": False}
            loaders.append(await load_kube_config(client_configuration=configuration, **options))  # type: ignore[no-untyped-call]
            return
        kept = vars(loaders[0])  # the loader runs an exec plugin again when the token's end is near, or not known
        if anew:
            kept.pop("exec_plugin_expiry", None)
        if anew or "exec_plugin_expiry" in kept or "exec" not in (kept["_user"] or ()):
            await loaders[0].load_and_set(configuration)

    return load


def _from_pod(folder: Path, environ: Mapping[str, str]) -> Load:
    async def load(configuration: Configuration, _: bool) -> None:  # noqa: FBT001 - told, not chosen
        token, ca = str(folder / "token"), str(folder / "ca.crt")
        loader: Any = InClusterConfigLoader(token, ca, try_refresh_token=False, environ=environ)  # type: ignore[no-untyped-call]
        loader.load_and_set(configuration)

    return load
