"""The wheel carries the npm packages' files that the platform serves or reads, so that pip alone installs it."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


def named_files(source: Path) -> list[str]:
    """The paths of SERVED and READ in static_packages.py, read without importing Django."""
    named: dict[str, Any] = {}
    for node in ast.parse(source.read_text()).body:
        declared = isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value
        if declared and node.target.id in {"SERVED", "READ"}:
            named[node.target.id] = ast.literal_eval(node.value)
    return [*named["SERVED"].values(), *named["READ"]]


class PackageFiles(BuildHookInterface):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if self.target_name != "wheel" or version == "editable":
            return
        for name in named_files(root / "skillcert" / "kit" / "static_packages.py"):
            if not (root / "node_modules" / name).exists():
                raise FileNotFoundError(f"node_modules/{name}: run make install first")
            build_data["force_include"][f"node_modules/{name}"] = f"skillcert/packages/{name}"
        build_data["force_include"]["docs/manual"] = "skillcert/manual"
