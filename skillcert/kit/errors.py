"""The ways to say no. Each carries a Chinese sentence that tells the clerk what is wrong and what to do."""

from __future__ import annotations


class Refused(Exception):
    """A rule said no.

    ``field`` names the form field it belongs to; ``url`` and ``link`` lead to the place where it is mended.
    """

    def __init__(self, sentence: str, *, field: str = "", url: str = "", link: str = "") -> None:
        super().__init__(sentence)
        self.sentence, self.field, self.url, self.link = sentence, field, url, link


class NotAllowed(Refused):
    """The actor lacks the permission: 403."""


class Missing(Refused):
    """No such row, or not for this actor's eyes: 404, the same answer for both."""

    def __init__(self, sentence: str = "没有找到这条记录，可能已被删除，或不属于您的单位。") -> None:
        super().__init__(sentence)


class Conflict(Refused):
    """Somebody saved the same form in between. ``fields`` maps a field's label to (mine, theirs)."""

    def __init__(self, fields: dict[str, tuple[str, str]], version: int) -> None:
        names = "、".join(fields) or "其他内容"
        super().__init__(f"您编辑期间，{names}已被他人修改并保存。您填的内容还在，请对照后再保存。")
        self.fields, self.version = fields, version
