"""The files of an explanation: report.html, fis.nc, classes.csv, statements.csv, explanation.json."""

from collections.abc import Iterator
from pathlib import Path

from specquant import contracts
from specquant.explainers import RULES, SHAPES, AgreedClass
from specquant.files import make_folder
from specquant.locks import only_process
from specquant.report import write_html, write_json
from specquant.report.json_report import plain
from specquant.study.explanation.report import explanation_html
from specquant.study.explanation.study import Explanation
from specquant.tables import write_table

FILES = ("report.html", "fis.nc", "classes.csv", "statements.csv", "explanation.json")
"""What an explanation leaves in its folder."""

Row = dict[str, object]


def write_explanation(explanation: Explanation, out: Path, command: str = "") -> Path:
    """Write an explanation into the folder `out`, and return the path of its report.

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
    write_table(_STATEMENT_FIELDS, (row.values() for row in statements), out / "statements.csv")
    write_table(_CLASS_FIELDS, (row.values() for row in classes), out / "classes.csv")
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
