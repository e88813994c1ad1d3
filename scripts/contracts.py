"""An import rule of our own: a use case works with the aggregates of its own context.

import-linter has no word for "the same name in both layers", so the rule is written here once for all contexts.
"""

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class OwnContextContract(Contract):
    """``outer.<context>`` may import ``inner.<context>`` of the same name, and of ``shared`` modules, and no other.

    ``meeting`` names the parts of the outer layer where contexts meet: they are exempt.
    """

    outer = fields.StringField()
    inner = fields.StringField()
    shared = fields.SetField(subfield=fields.StringField())
    meeting = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Compare every direct import from the outer layer into the inner one."""
        settings: Any = self
        outer, inner, meeting = str(settings.outer), str(settings.inner), set(settings.meeting)
        shared = tuple(f"{module}." for module in settings.shared)
        broken = sorted(
            (importer, imported)
            for importer in graph.find_descendants(outer)
            for imported in graph.find_modules_directly_imported_by(importer)
            if imported.startswith(f"{inner}.")
            and (context := importer.split(".")[1]) not in meeting
            and not f"{imported}.".startswith((f"{inner}.{context}.", *shared))
        )
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name each import that crosses contexts."""
        for importer, imported in check.metadata["broken"]:
            output.print_error(f"{importer} is not allowed to import {imported}: it belongs to another context.")
