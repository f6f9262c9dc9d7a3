"""Claims checked one by one, and the report on them."""

from .checker import Checker, check, check_files

__all__ = ["Checker", "check", "check_files"]
