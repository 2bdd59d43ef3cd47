"""A dask cluster in processes of its own, for tests of work on one."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_SCRIPT = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    local = LocalCluster(
        n_workers=int(sys.argv[1]), threads_per_worker=1, protocol="tcp", dashboard_address=None
    )
    with local as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""
"""Opens a cluster with workers in processes of their own, and says where; it ends with its standard input."""


@contextmanager
def cluster_of(workers: int, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """Give the address of a cluster with some workers; `environment` is that of its processes, None: ours."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, str(workers)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.communicate("")
