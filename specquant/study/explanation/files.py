"""The files of an explanation: report.html, fis.nc, classes.csv, statements.csv, explanation.json."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from specquant import contracts
from specquant.explainers import RULES, SHAPES, AgreedClass
from specquant.files import atomic_path, make_folder
from specquant.locks import only_process
from specquant.report import write_html, write_json
from specquant.report.json_report import plain
from specquant.study.explanation.report import explanation_html
from specquant.study.explanation.study import Explanation

FILES = ("report.html", "fis.nc", "classes.csv", "statements.csv", "explanation.json")
"""What an explanation leaves in its folder."""

Row = dict[str, object]


def write_explanation(explanation: Explanation, out: Path, command: str = "") -> Path:
    """Write an explanation into the folder `out`, and return the path of its report.

    Parameters
    ----------
    explanation
        What `explain_models` gives.
    out
        The folder; made if need be.
    command
        What was typed.

    Raises
    ------
    OutputError
        If something cannot be written there.
    """
    make_folder(out)
    with only_process(out):
        return _write(explanation, out, command)


def _write(explanation: Explanation, out: Path, command: str) -> Path:
    contracts.save(explanation.dataset().assign_attrs(command=command), "ATTRIBUTION", out / "fis.nc")
    statements, classes = list(statement_rows(explanation)), [class_row(item) for item in explanation.classes]
    _write_csv(statements, _STATEMENT_FIELDS, out / "statements.csv")
    _write_csv(classes, _CLASS_FIELDS, out / "classes.csv")
    content = {
        "technique": explanation.technique.name,
        "command": command,
        "models": [model.title for model in explanation.models],
        "on_diagonal": {shape: explanation.on_diagonal(shape) for shape in SHAPES},
        "read_at_strongest": {shape: explanation.at_strongest(shape) for shape in SHAPES},
        "rules": RULES,
        "statements": statements,
        "classes": classes,
    }
    write_json(plain(content), out / "explanation.json")
    return write_html(explanation_html(explanation, command), out / "report.html")


_STATEMENT_FIELDS = (
    *("statement", "element", "probe_eV", "reader", "least", "shape", "model", "response", "reader_response"),
    *("winner", "winner_response", "holds", "statement_holds"),
)


def statement_rows(explanation: Explanation) -> Iterator[Row]:
    """Yield one row per statement, energy, shape of the probe, and model; responses are atomic fractions."""
    for number, stated in enumerate(explanation.technique.examples):
        for shape in SHAPES:
            for model in explanation.models:
                result = model.examples[shape][number]
                for position in result.positions:
                    values = (
                        *(result.statement, result.element, position.energy, position.reader, stated.least),
                        *(shape, model.title, position.response, position.reader_response),
                        *(position.winner, position.winner_response, position.holds, result.holds),
                    )
                    yield dict(zip(_STATEMENT_FIELDS, values, strict=True))


_CLASS_FIELDS = (
    *("element", "class", "rule", "strongest_line", "strongest_eV", "response_at_strongest", "read_at_line"),
    *("read_at_eV", "response", "overlapping_element", "overlap", "highest", "owner_of_strongest", "owner_response"),
    *("response_together", "agreement", "class_by_model"),
)


def class_row(agreed: AgreedClass) -> Row:
    """Return one element's class with all that it was decided by; responses are atomic fractions."""
    item, reading = agreed.example, agreed.example.reading
    values = (
        *(item.element, item.rule, RULES[item.rule], reading.strongest.label, reading.strongest.energy),
        *(reading.strongest_response, reading.best.label, reading.best.energy, reading.best_response),
        *(item.rival, item.overlap, item.highest, item.owner, item.owner_response, item.together),
        *(agreed.agreement, " ".join(map(str, agreed.rules))),
    )
    return dict(zip(_CLASS_FIELDS, values, strict=True))


def _write_csv(rows: Sequence[Mapping[str, object]], names: Sequence[str], path: Path) -> None:
    with atomic_path(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=names)
        writer.writeheader()
        writer.writerows(rows)
