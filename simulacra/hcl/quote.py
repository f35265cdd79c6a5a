"""Strings as HCL text."""

from __future__ import annotations


def quote(value: str) -> str:
    """The HCL literal that HashiCorp's parser reads back as exactly this string."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("${", "$${").replace("%{", "%%{").replace("\n", "\\n") + '"'
