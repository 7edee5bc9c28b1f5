"""``python -m tests.lint``: two rules of the house that no linter knows.

Rows are written only in ``rules.py`` and the kit, so that every write goes through a named verb and the gate.
Rooms import each other's models and rules, never each other's pages.

A line that only looks like one ends with ``# no row: why``.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "skillcert"
# The kit is the gate itself; the demo draws its season past it; integrations and config know no rows.
WRITERS = {"kit", "demo", "integrations", "config"}
MANAGER_WRITES = {
    "create", "acreate", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "update", "delete",
}  # fmt: skip
ROW_WRITES = {"save", "delete"}
ALLOWED = "# no row:"


def names_in_chain(node: ast.expr) -> set[str]:
    """Every attribute and name in ``a.b(...).c[...]``: {"a", "b", "c"}."""
    found: set[str] = set()
    while True:
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Subscript):
            node = node.value
        else:
            return found | ({node.id} if isinstance(node, ast.Name) else set())


def is_write(call: ast.Call) -> bool:
    """``Model.objects.filter(...).update(...)``, ``rows.bulk_create(...)``, ``row.save()``; not ``a_dict.update``."""
    if not isinstance(call.func, ast.Attribute):
        return False
    verb, chain = call.func.attr, names_in_chain(call.func.value)
    from_manager = chain & {"objects", "_default_manager", "_base_manager", "visible_to", "filter", "exclude", "in_state"}
    if verb == "save" and call.args:  # image.save(path) and the like; a row's save has keywords only
        return False
    if verb in ROW_WRITES:
        return True
    return verb in MANAGER_WRITES and bool(from_manager or verb.startswith(("bulk_", "get_or_", "update_or_")))


def writes_outside_rules(path: Path, tree: ast.Module, lines: list[str]) -> Iterator[tuple[int, str]]:
    room = path.relative_to(PACKAGE).parts[0]
    inside = path.relative_to(PACKAGE).parts
    if room in WRITERS or "rules.py" in inside or "rules" in inside or {"tests", "migrations"} & set(inside):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and is_write(node) and ALLOWED not in lines[node.end_lineno - 1]:
            yield node.lineno, "a row is written outside rules.py"


def pages_of_other_rooms(path: Path, tree: ast.Module, lines: list[str]) -> Iterator[tuple[int, str]]:
    inside = path.relative_to(PACKAGE).parts
    if inside[0] in {"kit", "config"} or "tests" in inside:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            modules = [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
        elif isinstance(node, ast.Import):
            modules = [name.name for name in node.names]
        else:
            continue
        for module in modules:
            parts = module.split(".")
            foreign = len(parts) > 2 and parts[0] == "skillcert" and parts[1] not in {"kit", inside[0]}
            if foreign and parts[2] == "pages":
                yield node.lineno, f"imports the pages of another room: {parts[1]}"
                break


def complaints() -> Iterator[str]:
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text()
        tree, lines = ast.parse(text), text.splitlines()
        for check in (writes_outside_rules, pages_of_other_rooms):
            for number, sentence in check(path, tree, lines):
                yield f"{path.relative_to(PACKAGE.parent)}:{number}: {sentence}"


def main() -> int:
    found = list(complaints())
    print("\n".join(found) or "writes and pages: in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
