"""The full counts: ``make trial NAME=kill_9``. Each trial prints its figures; docs/figures.md keeps them with date and
commit. The small counts of the same functions run in ``make test``.
"""
