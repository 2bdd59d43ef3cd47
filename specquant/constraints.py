"""What is known of a sample's elements beforehand: which can be there, which are, and how much there is of some."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from specquant.elements import atomic_weight
from specquant.errors import ContractError, SettingError
from specquant.fixedfractions import FixedFraction
from specquant.technique import Floats

_SINGULAR = 1e-9
"""Determinant below which what is fixed leaves nothing for other elements: rounding."""


@dataclass(frozen=True)
class Constraints:
    """What is known of the elements of spectra before they are quantified, shape (sample, element) each.

    Parameters
    ----------
    candidates
        The only elements that can be there.
    required
        Elements that are there, however weak their lines; candidates all of them.
    fraction
        Atomic fraction that an element has; NaN: it is free, or has a weight fraction.
    weight_fraction
        Weight fraction that an element has; NaN: it is free, or has an atomic fraction.
    deviation
        Standard deviation of what is fixed, in the same unit as that; NaN where free.
    """

    candidates: NDArray[np.bool_]
    required: NDArray[np.bool_]
    fraction: Floats
    weight_fraction: Floats
    deviation: Floats

    def __len__(self) -> int:
        return len(self.candidates)

    @staticmethod
    def listing(listed: NDArray[np.bool_]) -> "Constraints":
        """Return the constraints of lists (sample, element) of the elements that are there, and no others."""
        free = np.full(listed.shape, np.nan)
        return Constraints(listed.copy(), listed.copy(), free, free, free)

    @staticmethod
    def of(
        elements: Sequence[str],
        listed: Sequence[str] | None = None,
        excluded: Sequence[str] = (),
        required: Sequence[str] = (),
        fixed: Iterable[FixedFraction] = (),
    ) -> "Constraints":
        """Return the constraints, of one sample, of symbols among the `elements` of a technique.

        `listed` are all elements that are there; None: that is not known.

        Raises
        ------
        SettingError
            If they contradict each other.
        """
        fixed = tuple(fixed)
        wanted = [*required, *(one.element for one in fixed)]
        _check_words(elements, listed, excluded, wanted, fixed)
        names = np.array(elements)
        candidates = np.array([symbol not in excluded and (listed is None or symbol in listed) for symbol in elements])
        needed = np.isin(names, wanted) if listed is None else candidates
        values = np.full((3, 1, len(elements)), np.nan)
        for one in fixed:
            column = list(elements).index(one.element)
            values[int(one.by_weight), 0, column] = one.share
            values[2, 0, column] = one.deviation
        constraints = Constraints(candidates[None], needed[None], *values)
        if constraints.fixed.any():
            constraints._check_shares(elements)
        return constraints

    def checked(self, elements: Sequence[str], where: str) -> "Constraints":
        """Return the constraints, as a file states them, if they can be true; `where` is for the message.

        Raises
        ------
        ContractError
            If what is fixed cannot be there, lies outside 0 to 1, lacks a deviation, or leaves nothing for others.
        """
        both = np.isfinite(self.fraction) & np.isfinite(self.weight_fraction)
        shares = np.where(np.isfinite(self.fraction), self.fraction, self.weight_fraction)[self.fixed]
        deviations = self.deviation[self.fixed]
        sound = (shares > 0).all() and (shares < 1).all() and (deviations > 0).all()  # NaN is not above 0
        if both.any() or not sound or (self.fixed & ~self.candidates).any():
            raise ContractError(
                "SPECTRA has fractions that cannot be fixed", where=where, wanted="shares of candidates"
            )
        try:
            self._check_shares(elements)
        except SettingError as error:
            raise ContractError("SPECTRA has fractions that cannot be fixed", where=where, found=error) from error
        return replace(self, required=self.required | self.fixed)

    @property
    def fixed(self) -> NDArray[np.bool_]:
        """Elements with a fraction that is fixed, (sample, element)."""
        return np.isfinite(self.fraction) | np.isfinite(self.weight_fraction)

    @property
    def asked_for(self) -> NDArray[np.bool_]:
        """Elements that are required by name, and not because a list has them all, (sample, element)."""
        return np.asarray(self.required & ~self.complete[:, None] | self.fixed)

    @property
    def complete(self) -> NDArray[np.bool_]:
        """Samples (sample,) of which all elements are listed: whatever can be there is required."""
        return np.asarray((self.required | ~self.candidates).all(axis=1))

    def take(self, rows: slice | Sequence[int] | NDArray[Any]) -> "Constraints":
        """Return the constraints of some of the samples."""
        return Constraints(*(values[rows] for values in self.arrays))

    def repeated(self, count: int) -> "Constraints":
        """Return constraints of one sample for `count` of them."""
        return Constraints(*(np.repeat(values, count, axis=0) for values in self.arrays))

    @staticmethod
    def join(parts: Iterable["Constraints"]) -> "Constraints":
        """Return the constraints of several records as one."""
        return Constraints(*map(np.concatenate, zip(*(part.arrays for part in parts), strict=True)))

    def among(self, listed: NDArray[np.bool_]) -> "Constraints":
        """Return the constraints with the elements (sample, element) that are there, and no others, as fixed."""
        return replace(self, candidates=listed, required=listed)

    def with_nothing_fixed(self) -> "Constraints":
        """Return the constraints with every fraction free; what is required stays required."""
        free = np.full(self.candidates.shape, np.nan)
        return replace(self, fraction=free, weight_fraction=free, deviation=free)

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """All arrays, in the order of the fields."""
        return self.candidates, self.required, self.fraction, self.weight_fraction, self.deviation

    def alike(self) -> Iterator[NDArray[np.intp]]:
        """Yield the indices of samples that share their constraints."""
        rows = np.concatenate([np.nan_to_num(values.astype(np.float64), nan=-1.0) for values in self.arrays], axis=1)
        _, which = np.unique(rows, axis=0, return_inverse=True)
        for number in range(int(which.max(initial=-1)) + 1):
            yield np.flatnonzero(which.ravel() == number)

    def atoms(self, elements: Sequence[str], row: int = 0) -> Floats:
        """Return the atoms (element, element) that come with one atom of each free candidate: itself, and all fixed.

        Rows of other elements are 0. Amounts of the free elements times this are amounts of all, with fractions as
        fixed, whatever the amounts are.
        """
        mass, fixed = _masses(elements), self.fixed[row]
        free: Floats = np.diag((self.candidates[row] & ~fixed).astype(np.float64))
        atomic, weight = np.nan_to_num(self.fraction[row]), np.nan_to_num(self.weight_fraction[row]) / mass
        sums = np.stack([free.sum(axis=1), free @ mass], axis=1)
        total = np.linalg.solve(self._balance(mass, row), sums.T).T
        return np.asarray(free + total @ np.stack([atomic, weight]))

    def brought(self, fraction: Floats, elements: Sequence[str]) -> Floats:
        """Return fractions (sample, element) with what is fixed as stated, the others in their proportions.

        Where nothing is left of the others, all candidates that are free share alike.
        """
        result = fraction.copy()
        for row in np.flatnonzero(self.fixed.any(axis=1)).tolist():
            free = np.where(self.candidates[row] & ~self.fixed[row], fraction[row], 0.0)
            free = free if free.any() else (self.candidates[row] & ~self.fixed[row]).astype(np.float64)
            amounts = free @ self.atoms(elements, row)
            result[row] = amounts / amounts.sum()
        return result

    def texts(self, elements: Sequence[str], row: int) -> list[str]:
        """Return in words what is known of one sample, a sentence each."""
        names = np.array(elements)
        candidates, required, fixed = self.candidates[row], self.required[row], self.fixed[row]
        texts = []
        if self.complete[row]:
            texts.append(f"only {_listed(names[candidates])} can be there")
        else:
            texts += [f"without {_listed(names[~candidates])}"] if not candidates.all() else []
            kept = names[required & ~fixed]
            texts += [f"{_listed(kept)} kept, however weak"] if kept.size else []
        return texts + [str(self._of(elements, row, int(column))) for column in np.flatnonzero(fixed)]

    def _of(self, elements: Sequence[str], row: int, column: int) -> FixedFraction:
        by_weight = bool(np.isfinite(self.weight_fraction[row, column]))
        share = (self.weight_fraction if by_weight else self.fraction)[row, column]
        return FixedFraction(elements[column], float(share), float(self.deviation[row, column]), by_weight)

    def _balance(self, mass: Floats, row: int) -> Floats:
        """Return the matrix (2, 2) from atoms and weight of a sample to those of its free elements."""
        atomic, weight = np.nan_to_num(self.fraction[row]), np.nan_to_num(self.weight_fraction[row])
        return np.array([[1.0 - atomic.sum(), -(weight / mass).sum()], [-(atomic @ mass), 1.0 - weight.sum()]])

    def _check_shares(self, elements: Sequence[str]) -> None:
        """Raise SettingError unless what is fixed leaves something for other elements."""
        mass = _masses(elements)
        for row in np.flatnonzero(self.fixed.any(axis=1)).tolist():
            balance = self._balance(mass, row)
            left = min(float(np.linalg.det(balance)), *np.diag(balance).tolist())
            if left < _SINGULAR or not (self.candidates[row] & ~self.fixed[row]).any():
                texts = [str(self._of(elements, row, int(column))) for column in np.flatnonzero(self.fixed[row])]
                raise SettingError(
                    "what is fixed leaves nothing for other elements",
                    where="--fix",
                    found=", ".join(texts),
                    wanted="less than 100 % together, and an element that is free",
                )


def _check_words(
    elements: Sequence[str],
    listed: Sequence[str] | None,
    excluded: Sequence[str],
    wanted: Sequence[str],
    fixed: Sequence[FixedFraction],
) -> None:
    """Raise SettingError if options contradict each other."""
    if clash := [symbol for symbol in wanted if symbol in excluded]:
        raise SettingError(
            "is excluded and required", where="--exclude", found=_listed(clash), todo="Leave it out of one of them."
        )
    if listed is not None and (clash := [symbol for symbol in wanted if symbol not in listed]):
        raise SettingError(
            "is required, and not among the only elements",
            where="--elements",
            found=_listed(clash),
            todo="Add it to --elements, or leave out --elements.",
        )
    if len({one.element for one in fixed}) < len(fixed):
        raise SettingError("an element is fixed twice", where="--fix", found=_listed([one.element for one in fixed]))
    if all(symbol in excluded for symbol in (listed if listed is not None else elements)):
        raise SettingError("leaves no element", where="--exclude", found=_listed(excluded))


def check_candidates(candidates: NDArray[np.bool_], where: str) -> None:
    """Raise ContractError if candidates (sample, element) leave a sample without any."""
    if not candidates.any(axis=1).all():
        raise ContractError("a spectrum has no candidate element", where=where, wanted="at least one it may hold")


def _masses(elements: Sequence[str]) -> Floats:
    return np.array([atomic_weight(symbol) for symbol in elements])


def _listed(symbols: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(map(str, symbols)))
