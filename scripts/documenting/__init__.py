"""Build the library's documentation from its docstrings."""
