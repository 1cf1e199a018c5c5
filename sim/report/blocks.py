"""What a page is made of, before it is written: sections of blocks.

A new kind of block is a class here and a branch in ``template/page.html.j2``, which asks for its
``is_a``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from markupsafe import Markup


@dataclass(frozen=True)
class Words:
    """A paragraph or a heading.

    Attributes
    ----------
    tone : ``plain``, ``lead``, ``warning``, ``note``, ``source``; of headings ``ask``, ``sub``
    """

    is_a: ClassVar[str] = "words"
    text: str
    tone: str = "plain"


@dataclass(frozen=True)
class Points:
    """A list of sentences."""

    is_a: ClassVar[str] = "points"
    items: Sequence[str]


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Attributes
    ----------
    value : the number as the table's file holds it, where the text is rounded
    small : words below
    verdict, judged : name of a verdict, which has a mark and a colour, and its words
    role : ``name``, ``number``, ``baseline``, ``focus``, ``verdict`` or ``words``
    """

    text: str
    value: float | None = None
    small: str = ""
    role: str = "words"
    verdict: str = ""
    judged: str = ""


@dataclass(frozen=True)
class Table:
    """A table with its caption; ``folded`` ones are opened by the reader, and printed open."""

    is_a: ClassVar[str] = "table"
    caption: str
    head: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    folded: bool = False


@dataclass(frozen=True)
class Picture:
    """A figure that has been saved, ready to stand in the page."""

    is_a: ClassVar[str] = "picture"
    svg: Markup
    caption: str
    file: str
    name: str
    narrow: bool

    @property
    def numbers(self) -> str:
        """The file with the numbers that are drawn."""
        return self.file.removesuffix(".svg") + ".csv"

    @property
    def size(self) -> int:
        """Bytes in the page."""
        return len(self.svg.encode())


@dataclass(frozen=True)
class Ready:
    """Markup of another module, with its own script and styles."""

    is_a: ClassVar[str] = "ready"
    markup: Markup
    printed: str


@dataclass(frozen=True)
class Number:
    """A headline number, large.

    Attributes
    ----------
    between : the range over worlds, in words, or empty
    """

    label: str
    before: str
    after: str
    unit: str
    change: str
    verdict: str
    words: str
    between: str = ""


@dataclass(frozen=True)
class Numbers:
    """Headline numbers side by side."""

    is_a: ClassVar[str] = "numbers"
    items: Sequence[Number]
    baseline: str
    focus: str


type Block = Words | Points | Table | Picture | Ready | Numbers


@dataclass(frozen=True)
class Section:
    """A numbered section of the page."""

    key: str
    title: str
    blocks: list[Block] = field(default_factory=list)
