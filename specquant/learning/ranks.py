"""Training in several processes, as torchrun starts them: what each of them learns from, and how they stay the same.

Every process holds the whole network. Each in turn makes the spectra of a step and hands every other its share; the
gradients are added up, and so are the sums of batch norms. So each update is that of one process with all spectra, and
the networks stay equal. The first process alone writes, and says what is going on.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, distributed, nn

from specquant.errors import ModelError, SettingError
from specquant.learning.networks.base import BatchNorm
from specquant.synthesizer import Batch

_BACKENDS = "cpu:gloo,cuda:nccl"
"""What carries tensors of each device between processes."""


_LONGEST_REASON = 120
"""Letters of a reason that a message shows."""


@dataclass(frozen=True)
class Ranks:
    """The processes of one training.

    Parameters
    ----------
    rank
        Number of this process, from 0.
    size
        How many processes there are.
    """

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process writes, and says what is going on."""
        return self.rank == 0

    def batches(
        self, block: Callable[[int], Batch], first: int, steps: int, parts: int, device: torch.device
    ) -> Iterator[Batch]:
        """Yield this process's share of the blocks of steps ``first .. steps - 1``, the next made meanwhile.

        Parameters
        ----------
        block
            Gives the spectra of a step.
        first
            The first step.
        steps
            The step after the last one.
        parts
            Parts of a block that are learned from one after another: each is shared by all.
        device
            Where the network is.
        """
        with ThreadPoolExecutor(max_workers=1) as pool:
            mine = range(first + self.rank, steps, self.size)
            coming = pool.submit(block, mine[0]) if mine else None
            for number, step in enumerate(range(first, steps)):
                maker = number % self.size
                batch = None
                if maker == self.rank:
                    assert coming is not None
                    batch = coming.result()
                    after = step + self.size
                    coming = pool.submit(block, after) if after < steps else None
                yield self._share(batch, maker, parts, device)

    def _share(self, batch: Batch | None, maker: int, parts: int, device: torch.device) -> Batch:
        """Return this process's share of a batch, which the process `maker` has."""
        if self.size == 1:
            assert batch is not None
            return batch
        shares = None
        if batch is not None:
            self._check(len(batch.counts) // parts)
            shares = [_moved(_rows(batch, rank, self.size, parts), "cpu") for rank in range(self.size)]
        received: list[Any] = [None]
        _at_once(lambda: distributed.scatter_object_list(received, shares, src=maker))
        return _moved(received[0], device)

    def _check(self, spectra: int) -> None:
        if spectra < self.size:
            raise SettingError(
                "too many processes for a training", where="torchrun", found=self.size, wanted=f"at most {spectra}"
            )

    def learned(self, network: nn.Module, loss: Tensor, spectra: int) -> float:
        """Give the weights the gradient of the mean loss over the spectra of all processes, and return that loss.

        Parameters
        ----------
        network
            The network with the gradients that are replaced.
        loss
            Mean over the spectra of this process, of no dimension.
        spectra
            How many those are.
        """
        if self.size == 1:
            loss.backward()  # type: ignore[no-untyped-call]
            return loss.item()
        every = self._sum(torch.tensor(float(spectra)))
        share = loss * (spectra / every.item())
        _at_once(share.backward)
        gradients = [weights.grad for weights in network.parameters() if weights.grad is not None]
        together = self._sum(torch.cat([gradient.flatten() for gradient in gradients]))
        parts = together.split([each.numel() for each in gradients])  # type: ignore[no-untyped-call]
        for gradient, whole in zip(gradients, parts, strict=True):
            gradient.copy_(whole.view_as(gradient))
        return self._sum(share.detach().clone()).item()

    def _sum(self, values: Tensor) -> Tensor:
        """Return values added up over all processes."""
        _at_once(lambda: distributed.all_reduce(values))
        return values

    @contextmanager
    def synchronised(self, network: nn.Module) -> Iterator[None]:
        """Let batch norms scale by the spectra of all processes inside."""
        norms = [part for part in network.modules() if isinstance(part, BatchNorm)] if self.size > 1 else []
        for norm in norms:
            norm.added_up = _added_up
        try:
            yield
        finally:
            for norm in norms:
                norm.added_up = None

    def wait(self) -> None:
        """Wait until all processes are here."""
        if self.size > 1:
            _at_once(distributed.barrier)


def _at_once(work: Callable[[], Any]) -> None:
    """Do what all processes do at once.

    Raises
    ------
    ModelError
        If that fails, as it does when another one has ended.
    """
    try:
        work()
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[0][:_LONGEST_REASON]
        todo = "Give the same command again: it goes on from the last checkpoint."
        raise ModelError(
            "processes of the training lost each other", where="torchrun", found=reason, todo=todo
        ) from error


ALONE = Ranks()
"""One process, as without torchrun."""


def _added_up(values: Tensor) -> Tensor:
    """Return values added up over all processes; their gradients are added up as well."""
    from torch.distributed.nn.functional import all_reduce

    results: list[Tensor] = []
    _at_once(lambda: results.append(all_reduce(values)))  # type: ignore[no-untyped-call]
    return results[0]


def _rows(batch: Batch, rank: int, size: int, parts: int) -> Batch:
    """Return the share of one process in every part of a batch."""
    count = len(batch.counts)
    ends = [part * count // parts for part in range(parts + 1)]
    return Batch.join(
        [
            batch.take(slice(start + rank * (end - start) // size, start + (rank + 1) * (end - start) // size))
            for start, end in pairwise(ends)
        ]
    )


def _moved(batch: Batch, device: str | torch.device) -> Batch:
    return Batch.combined([batch], lambda tensors: tensors[0].to(device), lambda arrays: arrays[0])


@contextmanager
def open_ranks(device: str = "cpu", environment: Mapping[str, str] | None = None) -> Iterator[Ranks]:
    """Join the processes that torchrun started; without it there is this one alone.

    Parameters
    ----------
    device
        Where torch computes; ``cuda``: each process on a GPU of its own.
    environment
        What torchrun says: ``RANK``, ``WORLD_SIZE``, ``LOCAL_RANK`` and more; None: that of this process.
    """
    known = os.environ if environment is None else environment
    size = int(known.get("WORLD_SIZE", "1")) if "TORCHELASTIC_RUN_ID" in known else 1
    if size == 1:
        yield ALONE
        return
    if device.startswith("cuda"):
        torch.cuda.set_device(int(known.get("LOCAL_RANK", "0")))
    distributed.init_process_group(_BACKENDS if device.startswith("cuda") else "gloo")
    try:
        yield Ranks(distributed.get_rank(), size)
    finally:
        distributed.destroy_process_group()
