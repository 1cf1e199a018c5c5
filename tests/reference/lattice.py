"""The lattice of cells, and the ways over it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Lattice:
    """Cells row by row; streets run along both axes."""

    width: int
    height: int

    def steps(self, a: int, b: int) -> int:
        """Cells between two cells, along the streets."""
        (ax, ay), (bx, by) = self.at(a), self.at(b)
        return abs(ax - bx) + abs(ay - by)

    def at(self, cell: int) -> tuple[int, int]:
        """Column and row of a cell."""
        return cell % self.width, cell // self.width

    def along(self, a: int, b: int, steps: int) -> int:
        """Where one is after so many steps from one cell to another, x first."""
        (ax, ay), (bx, by) = self.at(a), self.at(b)
        over = min(steps, abs(ax - bx))
        up = min(steps - over, abs(ay - by))
        x = ax + (over if bx > ax else -over)
        y = ay + (up if by > ay else -up)
        return y * self.width + x

    def beside(self, cell: int, direction: tuple[int, int]) -> int | None:
        """The next cell in a direction; None beyond the edge."""
        x, y = self.at(cell)
        x, y = x + direction[0], y + direction[1]
        inside = 0 <= x < self.width and 0 <= y < self.height
        return y * self.width + x if inside else None
