"""Spreadsheets in and out: import specs, the reader, the engine with its records, templates, error files, exports.

Rooms write ``from skillcert.kit.sheets.spec import Column, ImportSpec``; cleaning functions are in ``clean``.
"""
