"""Which method and which model a result comes from, as files of results say it."""

from collections.abc import Mapping

from specquant.learning import NetworkQuantifier
from specquant.learning.card import ModelCard
from specquant.quantifiers import Quantifier

IDENTITY = ("method", "model", "model_version", "model_sha256")
"""Columns of tables that say it: method, title of the model, version of specquant that trained it, hash of its file."""


def card_of(methods: Mapping[str, Quantifier]) -> ModelCard | None:
    """Return the card of the network that methods ask, if any does."""
    explained = (quantifier.explained for quantifier in methods.values())
    return next((model.card for model in explained if isinstance(model, NetworkQuantifier)), None)


def identity_cells(method: str, card: ModelCard | None) -> tuple[str, str, str, str]:
    """Return the cells of the columns `IDENTITY`; those of the model are empty where no network was asked."""
    model = ("", "", "") if card is None else (card.title, card.specquant_version, card.sha256)
    return (method, *model)


def model_columns(methods: Mapping[str, Quantifier]) -> dict[str, dict[str, str]]:
    """Return the cells of the model's columns of `IDENTITY`, by name of the method and of the column."""
    cells = {name: identity_cells(name, card_of({name: method})) for name, method in methods.items()}
    return {name: dict(zip(IDENTITY[1:], each[1:], strict=True)) for name, each in cells.items()}


def identity_attributes(card: ModelCard | None) -> dict[str, str]:
    """Return the attributes ``model_...`` of a dataset; none where no network was asked."""
    return {} if card is None else {f"model_{name}": value for name, value in card.identity.items()}
