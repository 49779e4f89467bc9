"""Comparisons with other tools. Run by ``make bench``, never by the tests."""
