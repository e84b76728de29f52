"""Where the peers' programs are, and the service that all of them talk to."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError

ACCESS_KEY, SECRET_KEY, REGION = "test", "test-secret", "us-east-1"
PATIENCE_S = 900  # a new Label Studio makes its tables for minutes


def find(program: str) -> str | None:
    """Return the path of a program in the folders of ``PEERS_BIN`` or on the path."""
    folders = [os.environ.get("PEERS_BIN", ""), os.environ.get("PATH", "")]
    return shutil.which(program, path=os.pathsep.join(filter(None, folders)))


def environment(endpoint: str, home: Path) -> dict[str, str]:
    """Return an environment in which each tool finds the service, and no file of the user."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    # modules are compiled once, as an installed program's are
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return {
        **kept,
        "HOME": str(home),
        "CLOUDANNO_HOME": str(home),
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "RCLONE_CONFIG": os.devnull,
        "RCLONE_CONFIG_S_TYPE": "s3",
        "RCLONE_CONFIG_S_PROVIDER": "Other",
        "RCLONE_CONFIG_S_ENV_AUTH": "true",
        "RCLONE_CONFIG_S_ENDPOINT": endpoint,
        "RCLONE_CONFIG_S_REGION": REGION,
        "RCLONE_S3_NO_CHECK_BUCKET": "true",
    }


@contextmanager
def service() -> Iterator[tuple[str, str]]:
    """Serve S3 on loopback; yield the service's name and its address.

    SeaweedFS where there is one, for it is fast and nobody's own; else moto's server, whose cost
    hides most of the clients'.
    """
    weed = find("weed")
    if weed:
        with _seaweed(weed) as endpoint:
            yield "SeaweedFS", endpoint
        return
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        yield "moto", "http://{}:{}".format(*server.get_host_and_port())
    finally:
        server.stop()


@contextmanager
def running(command: list[str], folder: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """Keep a server running in ``folder``, with its words in a file there."""
    with (folder / "output.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **more},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def await_answer(address: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers at all. Raises ``TimeoutError``."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_S and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(address)


def free_ports(count: int) -> list[int]:
    """Return ports of loopback that were free a moment ago."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [found.getsockname()[1] for found in sockets]
    for found in sockets:
        found.close()
    return ports


@contextmanager
def _seaweed(weed: str) -> Iterator[str]:
    # gRPC takes the port plus 10000, so ports are asked for by name and low
    names = ("s3", "master", "volume", "filer")
    first = 10_000 + os.getpid() % 10_000
    ports = {name: first + number for number, name in enumerate(names)}
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        command = [weed, "server", "-dir=.", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3"]
        command += [f"-{name}.port={port}" for name, port in ports.items()]
        command += ["-s3.port.lance=0", "-s3.port.iceberg=0"]  # they have fixed ports
        command += ["-master.volumeSizeLimitMB=512", "-volume.max=100", "-master.telemetry=false"]
        keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
        with running(command, Path(folder), **keys) as server:
            endpoint = f"http://127.0.0.1:{ports['s3']}"
            await_answer(endpoint, server)
            yield endpoint
